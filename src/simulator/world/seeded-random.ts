/**
 * A deterministic random number generator: the same seed results in the same sequence on every machine. Not for
 * secrets. The algorithm is mulberry32 (32 bits of state, a period of 2^32), which is sufficient for generated worlds.
 */
export class SeededRandom {
  #state: number;

  /** @param seed - Any integer; its low 32 bits are used. */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number in `[0, 1)`. */
  next(): number {
    return this.#word() / 0x1_0000_0000;
  }

  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** A random element. @throws {RangeError} if there are none. */
  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.int(0, items.length - 1)];
    if (item === undefined) throw new RangeError(`items must not be empty, got ${items.length} items`);
    return item;
  }

  /** A signed 64-bit number, like Telegram's access hashes. */
  long(): bigint {
    return BigInt.asIntN(64, (BigInt(this.#word()) << 32n) | BigInt(this.#word()));
  }

  bytes(length: number): Uint8Array {
    const words = new Uint32Array(Math.ceil(length / 4));
    for (let index = 0; index < words.length; index += 1) words[index] = this.#word();
    return new Uint8Array(words.buffer, 0, length);
  }

  #word(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    return mix(this.#state);
  }
}

/**
 * Hashes two integers to 32 bits. Makes the seed of the n-th item of a world without generating the items before it.
 */
export function mixSeed(seed: number, index: number): number {
  return mix((Math.imul(seed, 0x9e37_79b1) ^ mix((index + 0x6d2b79f5) >>> 0)) >>> 0);
}

function mix(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 15), word | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return (mixed ^ (mixed >>> 14)) >>> 0;
}
