import { crc32 } from 'node:zlib';
import { ChatferryError } from '../../errors/chatferry-error.js';
import { MAX_PACKET_BYTES, type Framing, type Unwrapped } from './framing.js';

const OVERHEAD_BYTES = 12;

/**
 * Length, sequence number, packet, and CRC-32 of the three (https://core.telegram.org/mtproto/mtproto-transports#full).
 * The stream has no header; this framing is recognised by its first packet.
 */
export class FullFraming implements Framing {
  #received = 0;
  #sent = 0;

  unwrap(bytes: Buffer): Unwrapped | undefined {
    if (bytes.length < 8) return undefined;
    const length = bytes.readUInt32LE();
    if (length < OVERHEAD_BYTES || length > MAX_PACKET_BYTES || bytes.readUInt32LE(4) !== this.#received) {
      throw new ChatferryError(
        'UNDECODABLE',
        `Packet ${this.#received} of full framing is invalid (length field ${length}).`,
      );
    }
    if (bytes.length < length) return undefined;
    if (crc32(bytes.subarray(0, length - 4)) !== bytes.readUInt32LE(length - 4)) {
      throw new ChatferryError('UNDECODABLE', `The checksum of packet ${this.#received} of full framing is wrong.`);
    }
    this.#received += 1;
    return { packet: bytes.subarray(8, length - 4), usedBytes: length };
  }

  wrap(packet: Buffer): readonly Buffer[] {
    const header = Buffer.alloc(8);
    header.writeUInt32LE(packet.length + OVERHEAD_BYTES);
    header.writeUInt32LE(this.#sent, 4);
    this.#sent += 1;
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32LE(crc32(packet, crc32(header)));
    return [header, packet, checksum];
  }
}
