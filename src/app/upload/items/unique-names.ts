import { extname } from 'node:path';

/** Hands out names of one folder at the far end, each once: also where case or the composition of letters does not count. */
export class UniqueNames {
  readonly #taken = new Set<string>();

  /** @returns the name; where it is taken, with `_2`, `_3` and so on before its extension. */
  take(name: string): string {
    const extension = extname(name);
    const stem = name.slice(0, name.length - extension.length);
    let unique = name;
    for (let number = 2; this.has(unique); number += 1) unique = `${stem}_${number}${extension}`;
    this.#taken.add(comparable(unique));
    return unique;
  }

  has(name: string): boolean {
    return this.#taken.has(comparable(name));
  }
}

function comparable(name: string): string {
  return name.normalize('NFC').toLowerCase();
}
