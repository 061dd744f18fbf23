import { partMemory } from '../../memory/part-memory.js';
import { sealFromServer } from '../crypto/message-crypto.js';
import type { AuthKey } from '../crypto/auth-key.js';
import { MessageClock } from './message-clock.js';
import { sessionHeader, writeContainer, type Envelope } from './message-envelope.js';

/**
 * Small messages that are ready at the same time are sent in one container. A file part is sent alone, without copying.
 */
const CONTAINER_BYTES = 64 * 1024;
/** The protocol allows 1020 (https://core.telegram.org/mtproto/service_messages#containers). */
const CONTAINER_MESSAGES = 100;

/** A message with its body in parts, so that a large body is copied only once, into its packet. */
interface Outgoing extends Omit<Envelope, 'body'> {
  readonly parts: readonly Buffer[];
  readonly byteCount: number;
}

export interface OutboxOptions {
  /** The key of the packets: the temporary key, if there is one. */
  readonly key: AuthKey;
  readonly sessionId: bigint;
}

/** The outgoing messages of a session: numbers them, combines those of one moment into containers, encrypts them. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #clock = new MessageClock();
  #contentCount = 0;
  readonly #ready = new Map<(packet: Buffer) => void, Outgoing[]>();

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /**
   * Sends a message, its body in pieces that are nobody else's, over the connection that `send` writes to, together
   * with all others of this turn of the event loop.
   */
  post(parts: readonly Buffer[], kind: 'answer' | 'notice', send: (packet: Buffer) => void): void {
    const messageId = this.#clock.next(kind);
    const sequenceNumber = this.#contentCount * 2 + 1;
    this.#contentCount += 1;
    const message = { messageId, sequenceNumber, parts, byteCount: byteCountOf(parts) };
    const waiting = this.#ready.get(send);
    if (waiting === undefined) this.#ready.set(send, [message]);
    else waiting.push(message);
    if (waiting === undefined && this.#ready.size === 1)
      setImmediate(() => {
        this.#flush();
      });
  }

  #flush(): void {
    for (const [send, messages] of this.#ready) {
      for (const group of groups(messages)) send(this.#packet(group));
    }
    this.#ready.clear();
  }

  #packet(group: readonly Outgoing[]): Buffer {
    const { key, sessionId } = this.#options;
    const [only] = group;
    if (group.length === 1 && only !== undefined) {
      const header = sessionHeader({ salt: key.salt, sessionId }, only, only.byteCount);
      const packet = sealFromServer([header, ...only.parts], key.secret, key.id);
      for (const part of only.parts) partMemory.giveBack(part);
      return packet;
    }
    // The sequence number of the container is even, as it needs no acknowledgement. Its id is higher than those inside.
    const outer = { messageId: this.#clock.next('notice'), sequenceNumber: this.#contentCount * 2 };
    const parts = writeContainer(group.map((message) => ({ ...message, body: Buffer.concat(message.parts) })));
    const header = sessionHeader({ salt: key.salt, sessionId }, outer, byteCountOf(parts));
    return sealFromServer([header, ...parts], key.secret, key.id);
  }
}

function groups(messages: readonly Outgoing[]): Outgoing[][] {
  const all: Outgoing[][] = [];
  let open: Outgoing[] = [];
  let openBytes = 0;
  for (const message of messages) {
    const isFull = openBytes + message.byteCount > CONTAINER_BYTES || open.length >= CONTAINER_MESSAGES;
    if (isFull && open.length > 0) {
      all.push(open);
      [open, openBytes] = [[], 0];
    }
    open.push(message);
    openBytes += message.byteCount;
  }
  if (open.length > 0) all.push(open);
  return all;
}

function byteCountOf(parts: readonly Buffer[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}
