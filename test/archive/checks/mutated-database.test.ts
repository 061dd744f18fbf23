import { expect, it } from 'vitest';

import { fuzzDatabases } from './mutated-database.js';

it(
  'answers for every damaged database: opened, read, rendered, verified, written to',
  { timeout: 120_000 },
  async () => {
    const { defects, refusedCount, slowestMs } = await fuzzDatabases({ tryCount: 44, seed: 1, verifyEvery: 5 });

    expect(defects).toEqual([]);
    expect(refusedCount).toBeGreaterThan(10);
    expect(slowestMs).toBeLessThan(2000);
  },
);
