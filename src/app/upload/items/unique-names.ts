import { extname } from 'node:path';

/**
 * Hands out names of one folder at the far end, each once: also where case, the composition of letters or other spellings
 * of the same letters (`ß` and `ss`, `ﬁ` and `fi`) do not count.
 */
export class UniqueNames {
  readonly #taken = new Set<string>();
  /** Of each name that was asked for again: the first number that may be free. Thousands of names may be cut to one. */
  readonly #nextNumbers = new Map<string, number>();

  /** @returns the name; where it is taken, with `_2`, `_3` and so on before its extension. */
  take(name: string): string {
    if (this.#claim(name)) return name;
    const extension = extname(name);
    const stem = name.slice(0, name.length - extension.length);
    const key = comparable(name);
    for (let number = this.#nextNumbers.get(key) ?? 2; ; number += 1) {
      const unique = `${stem}_${number}${extension}`;
      if (!this.#claim(unique)) continue;
      this.#nextNumbers.set(key, number + 1);
      return unique;
    }
  }

  /** Whether it was free until now. */
  #claim(name: string): boolean {
    const key = comparable(name);
    if (this.#taken.has(key)) return false;
    this.#taken.add(key);
    return true;
  }
}

/** Upper case first, for it has one letter or more for each that has several forms below: `ς` and `σ`, `ſ` and `s`. */
function comparable(name: string): string {
  return name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}
