import { expect, it } from 'vitest';

import { holdMutants } from './hold-mutants.js';
import { instrument } from './mutants.js';

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
  const { mutantCount, results } = await holdMutants({
    file: 'src/metrics/time-weighted.ts',
    tests: ['test/metrics/concurrency-metrics.test.ts'],
    most: 3,
    seed: 1,
  });
  expect(mutantCount).toBeGreaterThan(3);
  expect(results).toHaveLength(3);
  expect(results.map(({ outcome }) => outcome)).toContain('killed');
});
