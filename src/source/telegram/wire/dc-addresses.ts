import { ChatferryError } from '../../../errors/chatferry-error.js';
import { isPublicAddress } from '../../../config/addresses/public-address.js';
import type { DcAddress } from './connections/sender-pool.js';

// Telegram's production data centres, as help.getConfig names them to everyone; enough to ask for the rest
// (https://core.telegram.org/api/datacenter).
const TELEGRAM: readonly DcAddress[] = [
  { id: 1, host: '149.154.175.53', port: 443 },
  { id: 2, host: '149.154.167.51', port: 443 },
  { id: 3, host: '149.154.175.100', port: 443 },
  { id: 4, host: '149.154.167.91', port: 443 },
  { id: 5, host: '91.108.56.130', port: 443 },
];

/** Telegram's have one digit, those of its content network three. */
const HIGHEST_ID = 1000;

/**
 * Knows where data centres listen: what the user set, else what the server said, else Telegram's own.
 *
 * A server may send us to machines on the internet, and to this machine or its network only where the user has chosen a
 * server there.
 */
export class DcAddresses {
  readonly #chosen: ReadonlyMap<number, DcAddress>;
  readonly #announced = new Map<number, DcAddress>();
  readonly #isAtHome: boolean;

  /** @param chosen - Of another server than Telegram's. Empty for Telegram's. */
  constructor(chosen: readonly DcAddress[]) {
    this.#chosen = new Map(chosen.map((address) => [address.id, address]));
    this.#isAtHome = chosen.some(({ host }) => !isPublicAddress(host));
  }

  /** Where a login without a session begins. The server sends us on if the account lives elsewhere. */
  get firstDcId(): number {
    return this.#chosen.keys().next().value ?? 2;
  }

  /** Takes note of where the account's own session says that it is at home. */
  remember(address: DcAddress): void {
    this.#announced.set(address.id, address);
  }

  /**
   * Takes note of what `help.getConfig` says. It names several for most; the first is the one to use.
   *
   * @returns whether it is a place that this server may send us to.
   */
  announce(address: DcAddress): boolean {
    const { id, host, port } = address;
    const isNumbered = Number.isInteger(id) && id > 0 && id <= HIGHEST_ID;
    if (!isNumbered || port < 1 || port > 65_535 || !(this.#isAtHome || isPublicAddress(host))) return false;
    if (!this.#announced.has(id)) this.#announced.set(id, address);
    return true;
  }

  /** Whether it is one of Telegram's data centres that know accounts, and so none of the content network. */
  isTelegrams(dcId: number): boolean {
    return this.#chosen.size === 0 && TELEGRAM.some(({ id }) => id === dcId);
  }

  /** @throws {ChatferryError} `USAGE` when the user has not named it, `UNREACHABLE` when Telegram has not;
   *   `IMPLAUSIBLE_ANSWER` when there can be none of that number. */
  of(dcId: number): DcAddress {
    if (dcId > HIGHEST_ID) {
      throw new ChatferryError(
        'IMPLAUSIBLE_ANSWER',
        `The server sends us to data centre ${dcId}; there are not so many.`,
      );
    }
    const telegrams = this.#chosen.size === 0 ? TELEGRAM.find(({ id }) => id === dcId) : undefined;
    const address = this.#chosen.get(dcId) ?? this.#announced.get(dcId) ?? telegrams;
    if (address === undefined) {
      const known = [...this.#chosen.keys()].join(', ');
      throw this.#chosen.size === 0
        ? new ChatferryError('UNREACHABLE', `Telegram sends us to data centre ${dcId} and does not say where it is.`)
        : new ChatferryError(
            'USAGE',
            `The server needs data centre ${dcId}; TELEGRAM_DC_ADDRESSES names ${known}. Add it.`,
          );
    }
    return address;
  }
}
