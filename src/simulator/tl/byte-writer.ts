import { reusableMemory } from './reusable-memory.js';

/** A growing buffer for TL values, which are little-endian. */
export class ByteWriter {
  #bytes: Buffer;
  #length = 0;

  constructor(initialCapacityBytes = 1024) {
    this.#bytes = reusableMemory(initialCapacityBytes);
  }

  get length(): number {
    return this.#length;
  }

  int(value: number): void {
    const start = this.#claim(4);
    this.#bytes.writeInt32LE(value | 0, start);
  }

  /** Accepts signed and unsigned 64-bit numbers. */
  long(value: bigint): void {
    const start = this.#claim(8);
    this.#bytes.writeBigInt64LE(BigInt.asIntN(64, value), start);
  }

  double(value: number): void {
    const start = this.#claim(8);
    this.#bytes.writeDoubleLE(value, start);
  }

  raw(content: Uint8Array): void {
    const start = this.#claim(content.length);
    this.#bytes.set(content, start);
  }

  /** A TL byte string: length, content, padding to four bytes. */
  bytes(content: Uint8Array): void {
    this.#stringHeader(content.length);
    this.raw(content);
    this.#pad();
  }

  /** A TL string in UTF-8. */
  string(content: string): void {
    const length = Buffer.byteLength(content);
    this.#stringHeader(length);
    const start = this.#claim(length);
    this.#bytes.write(content, start, 'utf8');
    this.#pad();
  }

  /** The written bytes, as a view of this writer's buffer. Nothing may be written afterwards. */
  take(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #stringHeader(length: number): void {
    if (length < 254) {
      const start = this.#claim(1);
      this.#bytes[start] = length;
      this.#stringLength = length + 1;
    } else {
      this.int(254 | (length << 8));
      this.#stringLength = length;
    }
  }

  #stringLength = 0;

  #pad(): void {
    const padding = (4 - (this.#stringLength % 4)) % 4;
    const start = this.#claim(padding);
    this.#bytes.fill(0, start, start + padding);
  }

  #claim(size: number): number {
    const start = this.#length;
    this.#length += size;
    if (this.#length > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#length, this.#bytes.length * 2));
      this.#bytes.copy(grown, 0, 0, start);
      this.#bytes = grown;
    }
    return start;
  }
}
