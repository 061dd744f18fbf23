import type { Api } from 'telegram';

import { ChatferryError } from '../../../../errors/chatferry-error.js';
import type { DcAddress } from './sender-pool.js';
import { unlessAborted } from '../../../../concurrency/unless-aborted.js';

/** One data centre of the content network. */
export interface CdnDataCentre {
  readonly id: number;
  readonly addresses: readonly DcAddress[];
  /** PEM. It has several where a new one is about to replace the old. */
  readonly publicKeys: readonly string[];
}

export interface CdnDirectoryOptions {
  /** What the account's data centre says of all CDN data centres. */
  readonly fetch: () => Promise<readonly CdnDataCentre[]>;
  /** Makes one ready to be connected to. */
  readonly admit: (dc: CdnDataCentre) => void;
  readonly nowMs: () => number;
}

// What keeps one from being reached (a firewall, a key that was replaced) does not pass in seconds.
const AVOIDED_MS = 5 * 60 * 1000;

/**
 * Knows the CDN data centres (https://core.telegram.org/cdn). They are asked for when Telegram first sends us to one.
 */
export class CdnDirectory {
  readonly #options: CdnDirectoryOptions;
  #learning: Promise<ReadonlySet<number>> | undefined;
  #avoidedUntilMs = -Infinity;

  constructor(options: CdnDirectoryOptions) {
    this.#options = options;
  }

  /** Whether to tell Telegram that it may send us to one. */
  get isUsable(): boolean {
    return this.#options.nowMs() >= this.#avoidedUntilMs;
  }

  /**
   * Makes sure that a CDN data centre can be connected to.
   *
   * @throws {ChatferryError} `UNREACHABLE` when Telegram does not say where and who it is, and as the question does; the
   *   signal's reason when it aborts.
   */
  async enter(dcId: number, signal: AbortSignal): Promise<void> {
    const learning = (this.#learning ??= this.#learn());
    const known = await unlessAborted(learning, signal).catch((error: unknown) => {
      if (!signal.aborted) this.#forget(learning);
      throw error;
    });
    if (known.has(dcId)) return;
    this.#forget(learning); // It may be a new one.
    throw new ChatferryError('UNREACHABLE', `Telegram does not say where CDN data centre ${dcId} is.`, {
      retryable: true,
    });
  }

  /** One of them cannot be used now: they are avoided for five minutes, and then asked for anew. */
  avoid(): void {
    this.#avoidedUntilMs = this.#options.nowMs() + AVOIDED_MS;
    this.#learning = undefined;
  }

  #forget(learning: Promise<ReadonlySet<number>>): void {
    if (this.#learning === learning) this.#learning = undefined;
  }

  async #learn(): Promise<ReadonlySet<number>> {
    const found = await this.#options.fetch();
    const usable = found.filter(({ addresses, publicKeys }) => addresses.length > 0 && publicKeys.length > 0);
    for (const dc of usable) this.#options.admit(dc);
    return new Set(usable.map(({ id }) => id));
  }
}

/** Telegram has a handful of them; the PEM text of a key of 4096 bits has 800 characters. */
const MOST_CDNS = 32;
const MOST_KEY_CHARACTERS = 2000;

/** Brings together what `help.getConfig` and `help.getCdnConfig` say. */
export function cdnDataCentres(config: Api.Config, { publicKeys }: Api.CdnConfig): readonly CdnDataCentre[] {
  const options = config.dcOptions.filter(
    ({ cdn, ipv6, tcpoOnly }) => cdn === true && ipv6 !== true && tcpoOnly !== true,
  );
  const ids = [...new Set(publicKeys.map(({ dcId }) => dcId))].slice(0, MOST_CDNS);
  return ids.map((id) => ({
    id,
    addresses: options
      .filter((option) => option.id === id)
      .map(({ ipAddress, port }) => ({ id, host: ipAddress, port })),
    publicKeys: publicKeys
      .filter(({ dcId, publicKey }) => dcId === id && publicKey.length <= MOST_KEY_CHARACTERS)
      .map(({ publicKey }) => publicKey)
      .slice(0, MOST_CDNS),
  }));
}
