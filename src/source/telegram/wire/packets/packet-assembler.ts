import { type PartMemory, partMemory } from '../../../../memory/part-memory.js';

const LENGTH_BYTES = 4;
// Telegram's answers stay below 2 MB. A larger length is invalid, and would only make us wait forever.
const MAX_PACKET_BYTES = 16 * 1024 * 1024;

/**
 * Assembles the packets of a stream in intermediate framing: four bytes of length, then the packet
 * (https://core.telegram.org/mtproto/mtproto-transports#intermediate). Every byte is copied once.
 */
export class PacketAssembler {
  readonly #deliver: (packet: Buffer) => void;
  readonly #memory: PartMemory;
  readonly #head = Buffer.alloc(LENGTH_BYTES);
  #headBytes = 0;
  #packet: Buffer | undefined;
  #filledBytes = 0;

  /**
   * @param deliver - Called with each complete packet, in order. A large packet does not share its memory.
   * @param memory - The memory of packets. The receiver may release a packet there after use.
   */
  constructor(deliver: (packet: Buffer) => void, memory: PartMemory = partMemory) {
    this.#deliver = deliver;
    this.#memory = memory;
  }

  /**
   * Adds bytes from the socket. They are copied, so the chunk may be overwritten afterwards.
   *
   * @throws {Error} if a packet is announced that is larger than any of Telegram's.
   */
  take(chunk: Buffer): void {
    let position = 0;
    while (position < chunk.length) {
      if (this.#packet === undefined) {
        position += this.#takeHead(chunk, position);
      } else {
        const byteCount = Math.min(chunk.length - position, this.#packet.length - this.#filledBytes);
        chunk.copy(this.#packet, this.#filledBytes, position, position + byteCount);
        position += byteCount;
        this.#filledBytes += byteCount;
      }
      this.#deliverWhole();
    }
  }

  #takeHead(chunk: Buffer, position: number): number {
    const byteCount = Math.min(chunk.length - position, LENGTH_BYTES - this.#headBytes);
    chunk.copy(this.#head, this.#headBytes, position, position + byteCount);
    this.#headBytes += byteCount;
    if (this.#headBytes < LENGTH_BYTES) return byteCount;
    const length = this.#head.readUInt32LE(0);
    if (length > MAX_PACKET_BYTES) throw new Error(`a packet of ${length} bytes was announced`);
    this.#headBytes = 0;
    this.#filledBytes = 0;
    this.#packet = Buffer.from(this.#memory.take(length).buffer, 0, length);
    return byteCount;
  }

  #deliverWhole(): void {
    const packet = this.#packet;
    if (packet === undefined || this.#filledBytes < packet.length) return;
    this.#packet = undefined;
    this.#deliver(packet);
  }
}
