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
  const files = ['src/metrics/time-weighted.ts', 'src/metrics/summary-line.ts'];
  const tests = ['test/metrics/time-weighted.test.ts', 'test/metrics/merge-snapshots.test.ts'];
  const path = join(temporaryDirectory(), 'results.ndjson');
  const [weighted, line] = await holdMutants({ files, tests }, { most: 3, seed: 1, store: new ResultStore(path) });
  expect(weighted?.mutantCount).toBeGreaterThan(3);
  expect(weighted?.results.map(({ outcome }) => outcome)).toEqual(['killed', 'killed', 'killed']);
  expect(line?.results.map(({ outcome }) => outcome)).toEqual(['unreached', 'unreached', 'unreached']);

  const store = new ResultStore(path); // A campaign that goes on knows them.
  for (const { file, results } of [weighted, line].flatMap((one) => one ?? [])) {
    for (const { outcome, ...mutant } of results) {
      expect(store.find({ file, mutant, tests })).toBe(outcome);
      expect(store.find({ file, mutant: { ...mutant, replacement: 'another' }, tests })).toBeUndefined();
      const others = store.find({ file, mutant, tests: tests.slice(1) });
      expect(others).toBe(outcome === 'killed' ? 'killed' : undefined);
    }
  }
});

it('rooms of the heart are held against their own tests, and those elsewhere that import a file of theirs', () => {
  const [concurrency] = heart('src/concurrency/permits.ts');
  expect(concurrency?.files).toEqual(['src/concurrency/permits.ts']);
  expect(concurrency?.tests).toContain('test/concurrency/permits.test.ts');
  expect(concurrency?.tests).not.toContain('test/metrics/summary-line.test.ts');
  const [files] = heart('src/archive/files/');
  expect(files?.tests).toContain('test/archive/checks/hostile-paths.test.ts');
});
