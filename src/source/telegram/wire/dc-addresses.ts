import { ChatferryError } from '../../../errors/chatferry-error.js';
import { isPublicAddress } from '../../../config/addresses/public-address.js';
import type { DcAddress } from './connections/sender-pool.js';

// Telegram's production data centres, as help.getConfig announces them to every client. They are enough to fetch the
// others (https://core.telegram.org/api/datacenter).
const TELEGRAM: readonly DcAddress[] = [
  { id: 1, host: '149.154.175.53', port: 443 },
  { id: 2, host: '149.154.167.51', port: 443 },
  { id: 3, host: '149.154.175.100', port: 443 },
  { id: 4, host: '149.154.167.91', port: 443 },
  { id: 5, host: '91.108.56.130', port: 443 },
];

/** Telegram's data centres have ids of one digit, its CDN data centres of three. */
const MAX_ID = 1000;

/**
 * The addresses of data centres. Precedence, highest first: set by the user, announced by the server, Telegram's own.
 *
 * A server may announce public addresses. Addresses of this machine or its private networks are accepted only if the
 * user has chosen a server there.
 */
export class DcAddresses {
  readonly #chosen: ReadonlyMap<number, DcAddress>;
  readonly #announced = new Map<number, DcAddress>();
  readonly #allowsPrivate: boolean;

  /** @param chosen - Addresses of another server than Telegram's. Empty for Telegram's. */
  constructor(chosen: readonly DcAddress[]) {
    this.#chosen = new Map(chosen.map((address) => [address.id, address]));
    this.#allowsPrivate = chosen.some(({ host }) => !isPublicAddress(host));
  }

  /** The data centre to use without a session. The server then names the account's data centre if it is another one. */
  get firstDcId(): number {
    return this.#chosen.keys().next().value ?? 2;
  }

  /** Adds the address of the account's data centre from its session. */
  remember(address: DcAddress): void {
    this.#announced.set(address.id, address);
  }

  /**
   * Adds an address from `help.getConfig`. For most data centres there are several; the first one is used.
   *
   * @returns whether the address is accepted.
   */
  announce(address: DcAddress): boolean {
    const { id, host, port } = address;
    const isValidId = Number.isInteger(id) && id > 0 && id <= MAX_ID;
    if (!isValidId || port < 1 || port > 65_535 || !(this.#allowsPrivate || isPublicAddress(host))) return false;
    if (!this.#announced.has(id)) this.#announced.set(id, address);
    return true;
  }

  /** Whether it is one of Telegram's data centres for accounts, and therefore not a CDN. */
  isTelegrams(dcId: number): boolean {
    return this.#chosen.size === 0 && TELEGRAM.some(({ id }) => id === dcId);
  }

  /**
   * The address of a data centre.
   *
   * @throws {ChatferryError} `USAGE` if the user has not named it, `UNREACHABLE` if Telegram has not;
   *   `IMPLAUSIBLE_ANSWER` if the id is impossible.
   */
  of(dcId: number): DcAddress {
    if (dcId > MAX_ID) {
      throw new ChatferryError(
        'IMPLAUSIBLE_ANSWER',
        `The server redirected to data centre ${dcId}, which does not exist.`,
      );
    }
    const telegrams = this.#chosen.size === 0 ? TELEGRAM.find(({ id }) => id === dcId) : undefined;
    const address = this.#chosen.get(dcId) ?? this.#announced.get(dcId) ?? telegrams;
    if (address === undefined) {
      const known = [...this.#chosen.keys()].join(', ');
      throw this.#chosen.size === 0
        ? new ChatferryError('UNREACHABLE', `Telegram redirected to data centre ${dcId} without its address.`)
        : new ChatferryError(
            'USAGE',
            `The server needs data centre ${dcId}; TELEGRAM_DC_ADDRESSES names ${known}. Add it.`,
          );
    }
    return address;
  }
}
