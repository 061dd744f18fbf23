/** Smaller answers are questions' and history's: what reads them keeps pieces. */
const LEAST_BYTES = 64 * 1024;
/** Sizes are rounded up to that, so that parts with more or less padding fit in each other's memory. */
const STEP_BYTES = 64 * 1024;
/** More than the parts that wait for the disk at one time. */
const MOST_SPARE = 16;

/**
 * Memory that parts of files arrive in, used again: fresh memory for half a megabyte at a time, hundreds of times a second,
 * is what the garbage collector would be busy with.
 *
 * Memory comes back only when both ends agree: whoever opened a packet says that one part is all there is in it, and
 * whoever has written and hashed that part says that nobody looks at it any more. All other memory is never used twice.
 */
export class PartMemory {
  readonly #spare: ArrayBuffer[] = [];
  readonly #lent = new WeakSet<ArrayBufferLike>();

  /** Memory of that size, with anything in it. */
  take(byteCount: number): Uint8Array {
    if (byteCount < LEAST_BYTES) return new Uint8Array(byteCount);
    const index = this.#spare.findIndex(({ byteLength }) => byteLength >= byteCount && byteLength < byteCount * 2);
    const [spare] = index === -1 ? [] : this.#spare.splice(index, 1);
    return new Uint8Array(spare ?? new ArrayBuffer(Math.ceil(byteCount / STEP_BYTES) * STEP_BYTES), 0, byteCount);
  }

  /** Says of memory that was taken that it holds nothing but what will be given back at one time. */
  lend({ buffer }: Uint8Array): void {
    if (buffer.byteLength >= LEAST_BYTES) this.#lent.add(buffer);
  }

  /** Nobody looks at these bytes any more. What was not lent, or was given back before, is left alone. */
  giveBack({ buffer }: Uint8Array): void {
    if (this.#lent.delete(buffer)) this.#keep(buffer);
  }

  /** Takes back memory of {@link PartMemory.take} that was never lent, from who took it. */
  release({ buffer }: Uint8Array): void {
    if (buffer.byteLength >= LEAST_BYTES && !this.#lent.has(buffer)) this.#keep(buffer);
  }

  #keep(buffer: ArrayBufferLike): void {
    if (buffer instanceof ArrayBuffer && this.#spare.length < MOST_SPARE) this.#spare.push(buffer);
  }
}

/** The one of this process: packets are opened in one place and parts written in another, far away. */
export const partMemory: PartMemory = new PartMemory();
