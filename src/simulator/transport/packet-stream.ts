import { ChatferryError } from '../../errors/chatferry-error.js';
import { ABRIDGED_TAG, AbridgedFraming } from './abridged.js';
import type { Framing } from './framing.js';
import { FullFraming } from './full.js';
import { INTERMEDIATE_TAG, IntermediateFraming, PADDED_INTERMEDIATE_TAG } from './intermediate.js';
import { Obfuscation, OBFUSCATION_HEADER_BYTES } from './obfuscation.js';

/** The tag of abridged framing inside an obfuscated stream, little-endian. */
const ABRIDGED_INNER_TAG = 0xefefefef;

/** Detects the framing of a client, and uses the same for the answers. One instance serves one connection. */
export class PacketStream {
  #framing: Framing | undefined;
  #obfuscation: Obfuscation | undefined;
  #pending: Buffer = Buffer.alloc(0);

  /**
   * The packets that `chunk` completes, oldest first.
   *
   * @throws {ChatferryError} `UNDECODABLE` if the framing is unknown. The connection has to be closed then.
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

  /** The bytes to write to the socket for one packet. Empty before the client has sent anything. */
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
    // The sequence number of the first packet in full framing is 0. Obfuscated headers must not have 0 there.
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
