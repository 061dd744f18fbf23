import { extname } from 'node:path';

/**
 * Assigns unique names in one folder at a target. They are unique even if case, Unicode normalisation and equivalent
 * spellings (`ß` and `ss`, `ﬁ` and `fi`) are ignored.
 */
export class UniqueNames {
  readonly #taken = new Set<string>();
  /** For each repeated name, the first number that may be free. Thousands of names may be truncated to the same one. */
  readonly #nextNumbers = new Map<string, number>();

  /** @returns the name; if it is taken, with `_2`, `_3` and so on before its extension. */
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

/**
 * Upper case first, because letters with several lower-case forms share one upper-case form: `ς` and `σ`, `ſ` and `s`.
 */
function comparable(name: string): string {
  return name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}
