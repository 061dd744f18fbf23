import { ChatferryError } from '../../errors/chatferry-error.js';
import { MAX_PACKET_BYTES, type Framing, type Unwrapped } from './framing.js';

/** The header of the stream: one byte. */
export const ABRIDGED_TAG = 0xef;
const LONG_FORM = 0x7f;
/** The top bit requests a quick acknowledgement, which this server does not send. */
const LENGTH_BITS = 0x7f;

/**
 * The shortest framing: the length in words of four bytes, in one byte or, from 127 words, in three more
 * (https://core.telegram.org/mtproto/mtproto-transports#abridged).
 */
export class AbridgedFraming implements Framing {
  unwrap(bytes: Buffer): Unwrapped | undefined {
    const first = bytes[0];
    if (first === undefined) return undefined;
    const isLong = (first & LENGTH_BITS) === LONG_FORM;
    if (isLong && bytes.length < 4) return undefined;
    const headerBytes = isLong ? 4 : 1;
    const length = (isLong ? bytes.readUIntLE(1, 3) : first & LENGTH_BITS) * 4;
    if (length > MAX_PACKET_BYTES) {
      throw new ChatferryError('UNDECODABLE', `An abridged packet of ${length} bytes is too long.`);
    }
    if (bytes.length < headerBytes + length) return undefined;
    return { packet: bytes.subarray(headerBytes, headerBytes + length), usedBytes: headerBytes + length };
  }

  wrap(packet: Buffer): readonly Buffer[] {
    const words = packet.length / 4;
    if (words < LONG_FORM) return [Buffer.from([words]), packet];
    const header = Buffer.alloc(4);
    header[0] = LONG_FORM;
    header.writeUIntLE(words, 1, 3);
    return [header, packet];
  }
}
