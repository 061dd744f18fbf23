import { ChatferryError } from '../../errors/chatferry-error.js';
import type { DcAddress } from './sender-pool.js';

// Telegram's production data centres, as help.getConfig names them to everyone; enough to ask for the rest
// (https://core.telegram.org/api/datacenter).
const TELEGRAM: readonly DcAddress[] = [
  { id: 1, host: '149.154.175.53', port: 443 },
  { id: 2, host: '149.154.167.51', port: 443 },
  { id: 3, host: '149.154.175.100', port: 443 },
  { id: 4, host: '149.154.167.91', port: 443 },
  { id: 5, host: '91.108.56.130', port: 443 },
];

/** Knows where data centres listen: what the user set, else what the server said, else Telegram's own. */
export class DcAddresses {
  readonly #chosen: ReadonlyMap<number, DcAddress>;
  readonly #announced = new Map<number, DcAddress>();

  /** @param chosen - Of another server than Telegram's. Empty for Telegram's. */
  constructor(chosen: readonly DcAddress[]) {
    this.#chosen = new Map(chosen.map((address) => [address.id, address]));
  }

  /** Where a login without a session begins. The server sends us on if the account lives elsewhere. */
  get firstDcId(): number {
    return this.#chosen.keys().next().value ?? 2;
  }

  /** Takes note of what `help.getConfig` says. It names several for most; the first is the one to use. */
  announce(address: DcAddress): void {
    if (!this.#announced.has(address.id)) this.#announced.set(address.id, address);
  }

  /** @throws {ChatferryError} `USAGE` when nobody has named it. */
  of(dcId: number): DcAddress {
    const telegrams = this.#chosen.size === 0 ? TELEGRAM.find(({ id }) => id === dcId) : undefined;
    const address = this.#chosen.get(dcId) ?? this.#announced.get(dcId) ?? telegrams;
    if (address === undefined) {
      const known = [...this.#chosen.keys()].join(', ');
      throw new ChatferryError(
        'USAGE',
        `The server needs data centre ${dcId}; TELEGRAM_DC_ADDRESSES names ${known}. Add it.`,
      );
    }
    return address;
  }
}
