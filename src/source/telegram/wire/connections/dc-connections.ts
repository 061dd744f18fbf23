import type { BigInteger } from 'big-integer';

import { ChatferryError } from '../../../../errors/chatferry-error.js';
import type { DcSender } from './dc-sender.js';
import type { Lane, MediaConnections } from './media-connections.js';
import { SenderSlot } from './sender-slot.js';

/** The parameters of a connection to open. */
export interface ConnectRequest {
  readonly authKey: Buffer | undefined;
  readonly salt: BigInteger | undefined;
  /** Whether the key is already authorised, so that any request may come first. Otherwise `initConnection` must. */
  readonly isForAnyRequest: boolean;
}

export interface DcConnectionsOptions {
  readonly dcId: number;
  /** The account's key at this data centre, if it has one. */
  readonly authKey?: Buffer | undefined;
  /** Opens a connection. */
  readonly connect: (request: ConnectRequest) => Promise<DcSender>;
  /** Authorises a new key for the account. Called once, with the first connection. */
  readonly authorise: (first: DcSender) => Promise<void>;
  readonly idleMs: number;
  /** Whether the `main` connection is kept open when idle. */
  readonly keepsMain: boolean;
}

/** The connection that a call requests. */
export interface ConnectionChoice {
  readonly lane: Lane;
  /** Index of the media connection. */
  readonly connection?: number | undefined;
}

const FIRST_COUNT = 2;
// Official clients use at most eight per data centre; servers treat many more as an attack.
const MAX_CONNECTIONS = 16;

/** All connections to one data centre. They share one key, which the first connection negotiates. */
export class DcConnections implements MediaConnections {
  readonly dcId: number;
  readonly #options: DcConnectionsOptions;
  readonly #main: SenderSlot;
  readonly #media: SenderSlot[] = [];
  #count = FIRST_COUNT;
  #authKey: Buffer | undefined;
  #isAuthorised: boolean;
  #salt: BigInteger | undefined;
  #negotiating: Promise<DcSender> | undefined;
  #keyCount = 0;

  constructor(options: DcConnectionsOptions) {
    this.dcId = options.dcId;
    this.#options = options;
    this.#authKey = options.authKey;
    this.#isAuthorised = options.authKey !== undefined;
    this.#main = this.#newSlot('main', options.keepsMain ? undefined : options.idleMs);
  }

  get authKey(): Buffer | undefined {
    return this.#authKey;
  }

  /** How many keys were dropped. Tells whether the key that a call failed with is still the current one. */
  get keyCount(): number {
    return this.#keyCount;
  }

  get count(): number {
    return this.#count;
  }

  get openCount(): number {
    return this.#media.filter(({ isOpen }) => isOpen).length;
  }

  get lossCount(): number {
    return this.#media.reduce((sum, { lossCount }) => sum + lossCount, 0);
  }

  callCount(index: number): number {
    return this.#media[index]?.callCount ?? 0;
  }

  resize(count: number): void {
    if (!Number.isInteger(count) || count < 1 || count > MAX_CONNECTIONS) {
      const message = `The number of connections must be a whole number from 1 to ${MAX_CONNECTIONS}, got ${count}.`;
      throw new ChatferryError('USAGE', message);
    }
    this.#count = count;
    for (const slot of this.#media.slice(count)) slot.retire();
  }

  /** The slot for a call: the requested one, else the one with the fewest calls that has not just failed to connect. */
  slot({ lane, connection }: ConnectionChoice): SenderSlot {
    if (lane === 'main') return this.#main;
    while (this.#media.length < this.#count) this.#media.push(this.#newSlot('media', this.#options.idleMs));
    const slots = this.#media.slice(0, this.#count);
    const wanted = connection === undefined ? undefined : slots[connection % slots.length];
    return wanted ?? slots.reduce((best, slot) => (load(slot) < load(best) ? slot : best));
  }

  /** Closes all connections and drops the key. The next call negotiates a new one. */
  async forgetKey(): Promise<void> {
    this.#keyCount += 1;
    this.#authKey = undefined;
    this.#isAuthorised = false;
    this.#salt = undefined;
    this.#negotiating = undefined;
    await this.close();
  }

  async close(): Promise<void> {
    await Promise.all([this.#main, ...this.#media].map((slot) => slot.close()));
  }

  #newSlot(lane: Lane, idleMs: number | undefined): SenderSlot {
    return new SenderSlot({ open: () => this.#open(lane), idleMs });
  }

  async #open(lane: Lane): Promise<DcSender> {
    // If it fails, callers that wait for its key fail as well.
    if (this.#negotiating !== undefined) await this.#negotiating;
    if (this.#isAuthorised) {
      const isForAnyRequest = lane === 'media';
      const sender = await this.#options.connect({ authKey: this.#authKey, salt: this.#salt, isForAnyRequest });
      this.#salt = sender.salt;
      return sender;
    }
    // Several callers may resume here at once: the first one proceeds.
    if (this.#negotiating !== undefined) return this.#open(lane);
    const negotiating = this.#negotiate();
    this.#negotiating = negotiating;
    try {
      return await negotiating;
    } finally {
      if (this.#negotiating === negotiating) this.#negotiating = undefined;
    }
  }

  async #negotiate(): Promise<DcSender> {
    const keyCount = this.#keyCount;
    const sender = await this.#options.connect({ authKey: this.#authKey, salt: this.#salt, isForAnyRequest: false });
    try {
      await this.#options.authorise(sender);
    } catch (error) {
      await sender.close();
      throw error;
    }
    if (keyCount !== this.#keyCount) return sender;
    this.#authKey = sender.authKey;
    this.#salt = sender.salt;
    this.#isAuthorised = true;
    return sender;
  }
}

function load(slot: SenderSlot): number {
  return slot.hasJustFailed ? Infinity : slot.callCount;
}
