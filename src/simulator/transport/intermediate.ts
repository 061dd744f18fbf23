import { randomBytes, randomInt } from 'node:crypto';
import { ChatferryError } from '../../errors/chatferry-error.js';
import { MAX_PACKET_BYTES, type Framing, type Unwrapped } from './framing.js';

/** The first four bytes of a stream with this framing, little-endian. */
export const INTERMEDIATE_TAG = 0xeeeeeeee;
/** The same for the padded variant. */
export const PADDED_INTERMEDIATE_TAG = 0xdddddddd;

/**
 * A four-byte length before each packet. In the padded variant, up to 15 random bytes follow the packet
 * (https://core.telegram.org/mtproto/mtproto-transports#intermediate).
 */
export class IntermediateFraming implements Framing {
  readonly #padded: boolean;

  constructor({ padded }: { readonly padded: boolean }) {
    this.#padded = padded;
  }

  unwrap(bytes: Buffer): Unwrapped | undefined {
    if (bytes.length < 4) return undefined;
    const length = bytes.readUInt32LE() & 0x7fffffff; // The top bit requests a quick acknowledgement.
    if (length > MAX_PACKET_BYTES) {
      throw new ChatferryError('UNDECODABLE', `An intermediate packet of ${length} bytes is too long.`);
    }
    if (bytes.length < 4 + length) return undefined;
    return { packet: bytes.subarray(4, 4 + length), usedBytes: 4 + length };
  }

  wrap(packet: Buffer): readonly Buffer[] {
    const padding = this.#padded ? randomBytes(randomInt(16)) : Buffer.alloc(0);
    const header = Buffer.alloc(4);
    header.writeUInt32LE(packet.length + padding.length);
    return [header, packet, padding];
  }
}
