/** Smaller memory is not reused: it holds answers other than parts of files, and their readers keep slices of it. */
const MIN_BYTES = 64 * 1024;
/** Sizes are rounded up to a multiple of this, so that parts with more or less padding fit into each other's memory. */
const STEP_BYTES = 64 * 1024;
/** Maximum number of free buffers that are kept: more than the parts that wait for the disk at one time. */
const MAX_SPARE = 16;

/**
 * A pool of the memory that parts of files arrive in. Without it, the garbage collector would be busy with allocations
 * of half a megabyte, hundreds of times a second.
 *
 * Memory returns to the pool only if both ends agree. The code that opened a packet declares with `lend` that the
 * packet holds one part and nothing else. The code that wrote and hashed the part declares with `giveBack` that nobody
 * reads it any more. All other memory is never reused.
 */
export class PartMemory {
  readonly #spare: ArrayBuffer[] = [];
  readonly #lent = new WeakSet<ArrayBufferLike>();

  /** Returns memory of exactly that size, with arbitrary content. */
  take(byteCount: number): Uint8Array {
    if (byteCount < MIN_BYTES) return new Uint8Array(byteCount);
    const index = this.#spare.findIndex(({ byteLength }) => byteLength >= byteCount && byteLength < byteCount * 2);
    const [spare] = index === -1 ? [] : this.#spare.splice(index, 1);
    return new Uint8Array(spare ?? new ArrayBuffer(Math.ceil(byteCount / STEP_BYTES) * STEP_BYTES), 0, byteCount);
  }

  /** Declares that all content of this memory will be given back together. */
  lend({ buffer }: Uint8Array): void {
    if (buffer.byteLength >= MIN_BYTES) this.#lent.add(buffer);
  }

  /**
   * Declares that nobody reads these bytes any more. Memory that was not lent, or was given back before, is ignored.
   */
  giveBack({ buffer }: Uint8Array): void {
    if (this.#lent.delete(buffer)) this.#keep(buffer);
  }

  /** Returns memory of {@link PartMemory.take} that was never lent. Called by the code that took it. */
  release({ buffer }: Uint8Array): void {
    if (buffer.byteLength >= MIN_BYTES && !this.#lent.has(buffer)) this.#keep(buffer);
  }

  #keep(buffer: ArrayBufferLike): void {
    if (buffer instanceof ArrayBuffer && this.#spare.length < MAX_SPARE) this.#spare.push(buffer);
  }
}

/** The pool of this process. It is global because distant parts of the code open the packets and write the parts. */
export const partMemory: PartMemory = new PartMemory();
