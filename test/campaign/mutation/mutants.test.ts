import { join } from 'node:path';

import { expect, it } from 'vitest';

import { temporaryDirectory } from '../../archive/temporary-directory.js';
import { heart } from './heart.js';
import { holdMutants } from './hold-mutants.js';
import { instrument } from './mutants.js';
import { ResultStore } from './result-store.js';

const SOURCE = `
function sum(most) {
  let total = 0;
  for (let i = 1; i <= most; i += 1) total += i;
  return total;
}
`;

/** Runs the source with one mutant in force, 0 for none. */
function run(active: number): unknown {
  let turns = 0;
  const isMutant = (id: number): boolean => id === active;
  const loopsOn = (): void => {
    turns += 1;
    if (turns > 100) throw new Error('loops for ever');
  };
  const { code } = instrument('sum.ts', SOURCE);
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- What is tested is code.
  return new Function('isMutant', 'loopsOn', `${code}\nreturn sum(3);`)(isMutant, loopsOn);
}

it('an instrumented file does what it did, and each of its mutants something else', () => {
  expect(run(0)).toBe(6);
  const { mutants } = instrument('sum.ts', SOURCE);
  expect(mutants.map(({ original, replacement }) => `${original} → ${replacement}`)).toEqual([
    '0 → 0 + 1',
    '1 → 1 + 1',
    'i <= most → i < most',
    'i += 1 → i -= 1',
    '1 → 1 + 1',
    'total += i; → (removed)',
    'total += i → total -= i',
    'total → undefined',
  ]);
  for (const { id } of mutants) {
    let outcome: unknown;
    try {
      outcome = run(id);
    } catch (error) {
      outcome = error;
    }
    expect(outcome).not.toBe(6);
  }
});

it('mutants of a real file are held against its tests, and some are noticed', async () => {
  const file = { file: 'src/metrics/time-weighted.ts', tests: ['test/metrics/concurrency-metrics.test.ts'] };
  const path = join(temporaryDirectory(), 'results.ndjson');
  const { mutantCount, results } = await holdMutants(file, { most: 3, seed: 1, store: new ResultStore(path) });
  expect(mutantCount).toBeGreaterThan(3);
  expect(results).toHaveLength(3);
  expect(results.map(({ outcome }) => outcome)).toContain('killed');

  const store = new ResultStore(path); // A campaign that goes on knows them.
  expect(results.map((mutant) => store.find(file, mutant))).toEqual(results.map(({ outcome }) => outcome));
  const [first] = results;
  const changed = first === undefined ? undefined : store.find(file, { ...first, replacement: 'another' });
  expect(changed).toBeUndefined();
});

it('a file of the heart is held against the tests of its room, and those elsewhere that import it', () => {
  const [permits] = heart('src/concurrency/permits.ts');
  expect(permits?.tests).toContain('test/concurrency/permits.test.ts');
  const [unlessAborted] = heart('src/concurrency/unless-aborted.ts');
  expect(unlessAborted?.tests).not.toContain('test/metrics/summary-line.test.ts');
  const [lengths] = heart('src/archive/files/folder-name.ts');
  expect(lengths?.tests).toContain('test/archive/checks/hostile-paths.test.ts');
});
