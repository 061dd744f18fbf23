import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

import type { Mutant } from './mutants.js';

/** What came of one mutant: no test reaches it, a test failed, all passed, or the tests did not end. */
export type MutantOutcome = 'unreached' | 'killed' | 'survived' | 'hung';

/** A mutant of a file, and the test files that it is held against. */
export interface Trial {
  readonly file: string;
  readonly mutant: Mutant;
  readonly tests: readonly string[];
}

interface Line {
  readonly key: string;
  /** Digest of the tests that did not notice the mutant. Undefined of one that was noticed. */
  readonly tests?: string;
  readonly outcome: MutantOutcome;
}

/**
 * Results of mutants in a file, so that a campaign that was broken off goes on. A noticed mutant is held again only when its
 * source changes; one that nobody noticed also when a test changes.
 */
export class ResultStore {
  readonly #path: string | undefined;
  readonly #lines = new Map<string, Line>();
  /** Of sources and tests: nobody changes them while a campaign runs. */
  readonly #digests = new Map<string, string>();

  /** @param path - Undefined: results are kept in memory alone. */
  constructor(path?: string) {
    this.#path = path;
    if (path === undefined || !existsSync(path)) return;
    for (const text of readFileSync(path, 'utf8').split('\n')) {
      if (text === '') continue;
      const line = JSON.parse(text) as Line;
      this.#lines.set(line.key, line);
    }
  }

  /** Gives what came of a mutant before, if that still holds. */
  find(trial: Trial): MutantOutcome | undefined {
    const line = this.#lines.get(this.#keyOf(trial));
    return line?.tests === undefined || line.tests === this.#digestOf(trial.tests) ? line?.outcome : undefined;
  }

  add(trial: Trial, outcome: MutantOutcome): void {
    const isNoticed = outcome === 'killed' || outcome === 'hung';
    const line: Line = {
      key: this.#keyOf(trial),
      outcome,
      ...(isNoticed ? {} : { tests: this.#digestOf(trial.tests) }),
    };
    this.#lines.set(line.key, line);
    if (this.#path !== undefined) appendFileSync(this.#path, `${JSON.stringify(line)}\n`);
  }

  #keyOf({ file, mutant: { place, replacement } }: Trial): string {
    return digest([file, this.#digestOf([file]), place, replacement]);
  }

  #digestOf(paths: readonly string[]): string {
    const key = paths.join('\n');
    const known = this.#digests.get(key) ?? digest(paths.flatMap((path) => [path, readFileSync(path, 'utf8')]));
    this.#digests.set(key, known);
    return known;
  }
}

function digest(texts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 24);
}
