const LENGTH_BYTES = 4;
// Telegram's answers stay below 2 MB; a length beyond is noise, and would only make us wait for ever.
const LARGEST_PACKET_BYTES = 16 * 1024 * 1024;
// Only memory of large packets is used again: it is what the garbage collector would otherwise be busy with.
const REUSED_FROM_BYTES = 64 * 1024;

/**
 * Puts together the packets of a stream in intermediate framing: four bytes of length, then the packet
 * (https://core.telegram.org/mtproto/mtproto-transports#intermediate). Every byte is copied once.
 */
export class PacketAssembler {
  readonly #deliver: (packet: Buffer) => void;
  readonly #head = Buffer.alloc(LENGTH_BYTES);
  #headBytes = 0;
  #packet: Buffer | undefined;
  #filledBytes = 0;
  #spare: Buffer | undefined;

  /** @param deliver - Called with each packet that is whole, in order. */
  constructor(deliver: (packet: Buffer) => void) {
    this.#deliver = deliver;
  }

  /**
   * Takes what the socket read. The chunk may be overwritten after that.
   *
   * @throws {Error} when a packet is announced that is larger than any of Telegram's.
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

  /** Gives back a delivered packet that nobody looks at any more. */
  release(packet: Buffer): void {
    if (packet.length >= REUSED_FROM_BYTES && packet.length >= (this.#spare?.length ?? 0)) this.#spare = packet;
  }

  #takeHead(chunk: Buffer, position: number): number {
    const byteCount = Math.min(chunk.length - position, LENGTH_BYTES - this.#headBytes);
    chunk.copy(this.#head, this.#headBytes, position, position + byteCount);
    this.#headBytes += byteCount;
    if (this.#headBytes < LENGTH_BYTES) return byteCount;
    const length = this.#head.readUInt32LE(0);
    if (length > LARGEST_PACKET_BYTES) throw new Error(`a packet of ${length} bytes was announced`);
    this.#headBytes = 0;
    this.#filledBytes = 0;
    this.#packet = this.#memory(length);
    return byteCount;
  }

  #memory(length: number): Buffer {
    if (length < REUSED_FROM_BYTES) return Buffer.alloc(length);
    const spare = this.#spare;
    if (spare === undefined || spare.length < length) return Buffer.allocUnsafeSlow(length);
    this.#spare = undefined;
    return spare.subarray(0, length);
  }

  #deliverWhole(): void {
    const packet = this.#packet;
    if (packet === undefined || this.#filledBytes < packet.length) return;
    this.#packet = undefined;
    this.#deliver(packet);
  }
}
