import type { Api } from 'telegram';

import { ChatferryError } from '../../../../errors/chatferry-error.js';
import type { DcAddress } from './sender-pool.js';
import { unlessAborted } from '../../../../concurrency/unless-aborted.js';

/** One CDN data centre. */
export interface CdnDataCentre {
  readonly id: number;
  readonly addresses: readonly DcAddress[];
  /** PEM. There are several while a new key replaces an old one. */
  readonly publicKeys: readonly string[];
}

export interface CdnDirectoryOptions {
  /** Asks the account's data centre for all CDN data centres. */
  readonly fetch: () => Promise<readonly CdnDataCentre[]>;
  /** Prepares connections to a CDN data centre. */
  readonly admit: (dc: CdnDataCentre) => void;
  readonly nowMs: () => number;
}

// The causes of a failure (a firewall, a replaced key) usually last longer than seconds.
const AVOIDED_MS = 5 * 60 * 1000;

/**
 * Knows the CDN data centres (https://core.telegram.org/cdn). Fetches their list when Telegram first redirects to one.
 */
export class CdnDirectory {
  readonly #options: CdnDirectoryOptions;
  #loading: Promise<ReadonlySet<number>> | undefined;
  #avoidedUntilMs = -Infinity;

  constructor(options: CdnDirectoryOptions) {
    this.#options = options;
  }

  /** Whether to allow Telegram to redirect downloads to CDNs. */
  get isUsable(): boolean {
    return this.#options.nowMs() >= this.#avoidedUntilMs;
  }

  /**
   * Prepares a CDN data centre for connections, if that was not done before.
   *
   * @throws {ChatferryError} `UNREACHABLE` if Telegram does not list its address and key; as the request does; the
   *   signal's reason when it aborts.
   */
  async enter(dcId: number, signal: AbortSignal): Promise<void> {
    const loading = (this.#loading ??= this.#load());
    const known = await unlessAborted(loading, signal).catch((error: unknown) => {
      if (!signal.aborted) this.#forget(loading);
      throw error;
    });
    if (known.has(dcId)) return;
    this.#forget(loading); // The data centre may be new, so the list is fetched again next time.
    throw new ChatferryError('UNREACHABLE', `Telegram does not list the address and key of CDN data centre ${dcId}.`, {
      retryable: true,
    });
  }

  /** Avoids all CDNs for five minutes after one of them has failed. Then their list is fetched again. */
  avoid(): void {
    this.#avoidedUntilMs = this.#options.nowMs() + AVOIDED_MS;
    this.#loading = undefined;
  }

  #forget(loading: Promise<ReadonlySet<number>>): void {
    if (this.#loading === loading) this.#loading = undefined;
  }

  async #load(): Promise<ReadonlySet<number>> {
    const found = await this.#options.fetch();
    const usable = found.filter(({ addresses, publicKeys }) => addresses.length > 0 && publicKeys.length > 0);
    for (const dc of usable) this.#options.admit(dc);
    return new Set(usable.map(({ id }) => id));
  }
}

/** Telegram has a few CDNs. The PEM text of a 4096-bit key has 800 characters. */
const MAX_CDNS = 32;
const MAX_KEY_CHARACTERS = 2000;

/** Combines the addresses of `help.getConfig` with the keys of `help.getCdnConfig`. */
export function cdnDataCentres(config: Api.Config, { publicKeys }: Api.CdnConfig): readonly CdnDataCentre[] {
  const options = config.dcOptions.filter(
    ({ cdn, ipv6, tcpoOnly }) => cdn === true && ipv6 !== true && tcpoOnly !== true,
  );
  const ids = [...new Set(publicKeys.map(({ dcId }) => dcId))].slice(0, MAX_CDNS);
  return ids.map((id) => ({
    id,
    addresses: options
      .filter((option) => option.id === id)
      .map(({ ipAddress, port }) => ({ id, host: ipAddress, port })),
    publicKeys: publicKeys
      .filter(({ dcId, publicKey }) => dcId === id && publicKey.length <= MAX_KEY_CHARACTERS)
      .map(({ publicKey }) => publicKey)
      .slice(0, MAX_CDNS),
  }));
}
