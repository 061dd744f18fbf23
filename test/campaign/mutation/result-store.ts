import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

import type { HeartFile } from './heart.js';
import type { Mutant } from './mutants.js';

/** What came of one mutant: no test reaches it, a test failed, all passed, or the tests did not end. */
export type MutantOutcome = 'unreached' | 'killed' | 'survived' | 'hung';

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
  find(file: HeartFile, mutant: Mutant): MutantOutcome | undefined {
    const line = this.#lines.get(keyOf(file, mutant));
    return line?.tests === undefined || line.tests === testsDigest(file) ? line?.outcome : undefined;
  }

  add(file: HeartFile, mutant: Mutant, outcome: MutantOutcome): void {
    const isNoticed = outcome === 'killed' || outcome === 'hung';
    const line: Line = { key: keyOf(file, mutant), outcome, ...(isNoticed ? {} : { tests: testsDigest(file) }) };
    this.#lines.set(line.key, line);
    if (this.#path !== undefined) appendFileSync(this.#path, `${JSON.stringify(line)}\n`);
  }
}

function keyOf({ file }: HeartFile, { place, replacement }: Mutant): string {
  return digest([file, readFileSync(file, 'utf8'), place, replacement]);
}

function testsDigest({ tests }: HeartFile): string {
  return digest(tests.flatMap((path) => [path, readFileSync(path, 'utf8')]));
}

function digest(texts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 24);
}
