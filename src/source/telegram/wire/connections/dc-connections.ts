import type { BigInteger } from 'big-integer';

import { ChatferryError } from '../../../../errors/chatferry-error.js';
import type { DcSender } from './dc-sender.js';
import type { Lane, MediaConnections } from './media-connections.js';
import { SenderSlot } from './sender-slot.js';

/** What a connection is to be opened with. */
export interface ConnectRequest {
  readonly authKey: Buffer | undefined;
  readonly salt: BigInteger | undefined;
  /** The account is known here under this key: any request may be the first. Otherwise the client has to be introduced. */
  readonly isForAnyRequest: boolean;
}

export interface DcConnectionsOptions {
  readonly dcId: number;
  /** The key of the account, when it has one here already. */
  readonly authKey?: Buffer | undefined;
  /** Opens a connection. */
  readonly connect: (request: ConnectRequest) => Promise<DcSender>;
  /** Makes a fresh key known as the account's: once, over the first connection. */
  readonly authorise: (first: DcSender) => Promise<void>;
  readonly idleMs: number;
  /** Whether the connection of lane `main` is kept though nobody calls. */
  readonly keepsMain: boolean;
}

/** Which connection a call wants. */
export interface ConnectionChoice {
  readonly lane: Lane;
  /** Among those for media. */
  readonly connection?: number | undefined;
}

const FIRST_COUNT = 2;
// Official clients keep to eight a data centre; what lies far beyond is taken for an attack.
const MOST_CONNECTIONS = 16;

/** All connections to one data centre. They share one key, which the first of them brings in. */
export class DcConnections implements MediaConnections {
  readonly dcId: number;
  readonly #options: DcConnectionsOptions;
  readonly #main: SenderSlot;
  readonly #media: SenderSlot[] = [];
  #count = FIRST_COUNT;
  #authKey: Buffer | undefined;
  #isAuthorised: boolean;
  #salt: BigInteger | undefined;
  #founding: Promise<DcSender> | undefined;
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

  /** How many keys were forgotten here: tells whether the key that a call failed with is still the present one. */
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
    if (!Number.isInteger(count) || count < 1 || count > MOST_CONNECTIONS) {
      const message = `The number of connections must be a whole number from 1 to ${MOST_CONNECTIONS}, got ${count}.`;
      throw new ChatferryError('USAGE', message);
    }
    this.#count = count;
    for (const slot of this.#media.slice(count)) slot.retire();
  }

  /** The place for a call: the wanted one, else the one with fewest calls among those that can be reached. */
  slot({ lane, connection }: ConnectionChoice): SenderSlot {
    if (lane === 'main') return this.#main;
    while (this.#media.length < this.#count) this.#media.push(this.#newSlot('media', this.#options.idleMs));
    const slots = this.#media.slice(0, this.#count);
    const wanted = connection === undefined ? undefined : slots[connection % slots.length];
    return wanted ?? slots.reduce((best, slot) => (load(slot) < load(best) ? slot : best));
  }

  /** Closes all connections and drops the key, so that the next call negotiates another. */
  async forgetKey(): Promise<void> {
    this.#keyCount += 1;
    this.#authKey = undefined;
    this.#isAuthorised = false;
    this.#salt = undefined;
    this.#founding = undefined;
    await this.close();
  }

  async close(): Promise<void> {
    await Promise.all([this.#main, ...this.#media].map((slot) => slot.close()));
  }

  #newSlot(lane: Lane, idleMs: number | undefined): SenderSlot {
    return new SenderSlot({ open: () => this.#open(lane), idleMs });
  }

  async #open(lane: Lane): Promise<DcSender> {
    if (this.#founding !== undefined) await this.#founding; // When it fails, so do those who wait for its key.
    if (this.#isAuthorised) {
      const isForAnyRequest = lane === 'media';
      const sender = await this.#options.connect({ authKey: this.#authKey, salt: this.#salt, isForAnyRequest });
      this.#salt = sender.salt;
      return sender;
    }
    // Several that waited may come here at once: the first goes ahead.
    if (this.#founding !== undefined) return this.#open(lane);
    const founding = this.#found();
    this.#founding = founding;
    try {
      return await founding;
    } finally {
      if (this.#founding === founding) this.#founding = undefined;
    }
  }

  async #found(): Promise<DcSender> {
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
  return slot.isShunned ? Infinity : slot.callCount;
}
