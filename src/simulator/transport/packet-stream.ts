import { ChatferryError } from '../../errors/chatferry-error.js';
import { ABRIDGED_TAG, AbridgedFraming } from './abridged.js';
import type { Framing } from './framing.js';
import { FullFraming } from './full.js';
import { INTERMEDIATE_TAG, IntermediateFraming, PADDED_INTERMEDIATE_TAG } from './intermediate.js';
import { Obfuscation, OBFUSCATION_HEADER_BYTES } from './obfuscation.js';

/** What the four bytes of a tag read, little-endian, when abridged is inside an obfuscated stream. */
const ABRIDGED_INNER_TAG = 0xefefefef;

/** Finds out how a client frames its packets, and frames the answers alike. One per connection. */
export class PacketStream {
  #framing: Framing | undefined;
  #obfuscation: Obfuscation | undefined;
  #pending: Buffer = Buffer.alloc(0);

  /**
   * The packets that `chunk` completes, oldest first.
   *
   * @throws {ChatferryError} `UNDECODABLE` when the stream is of no known framing; hang up then.
   */
  receive(chunk: Buffer): Buffer[] {
    const bytes = this.#obfuscation === undefined ? chunk : this.#obfuscation.open(chunk);
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    this.#framing ??= this.#detect();
    const packets: Buffer[] = [];
    for (;;) {
      const unwrapped = this.#framing?.unwrap(this.#pending);
      if (unwrapped === undefined) return packets;
      packets.push(unwrapped.packet);
      this.#pending = this.#pending.subarray(unwrapped.usedBytes);
    }
  }

  /** What to write to the socket for one packet. Nothing before the client has spoken. */
  send(packet: Buffer): readonly Buffer[] {
    const parts = this.#framing?.wrap(packet) ?? [];
    const obfuscation = this.#obfuscation;
    return obfuscation === undefined ? parts : parts.map((part) => obfuscation.seal(part));
  }

  #detect(): Framing | undefined {
    if (this.#pending[0] === ABRIDGED_TAG) {
      this.#drop(1);
      return new AbridgedFraming();
    }
    if (this.#pending.length < 8) return undefined;
    const tag = this.#pending.readUInt32LE();
    if (tag === INTERMEDIATE_TAG || tag === PADDED_INTERMEDIATE_TAG) {
      this.#drop(4);
      return framingOf(tag);
    }
    // The running number of a first full packet is 0, which a random obfuscated header may not have there.
    if (this.#pending.readUInt32LE(4) === 0) return new FullFraming();
    if (this.#pending.length < OBFUSCATION_HEADER_BYTES) return undefined;
    const obfuscation = new Obfuscation(this.#pending);
    this.#drop(OBFUSCATION_HEADER_BYTES);
    this.#pending = obfuscation.open(this.#pending);
    this.#obfuscation = obfuscation;
    return framingOf(obfuscation.innerTag);
  }

  #drop(count: number): void {
    this.#pending = this.#pending.subarray(count);
  }
}

function framingOf(tag: number): Framing {
  if (tag === ABRIDGED_INNER_TAG) return new AbridgedFraming();
  if (tag === INTERMEDIATE_TAG) return new IntermediateFraming({ padded: false });
  if (tag === PADDED_INTERMEDIATE_TAG) return new IntermediateFraming({ padded: true });
  throw new ChatferryError('UNDECODABLE', `No framing has the tag 0x${tag.toString(16)}.`);
}
