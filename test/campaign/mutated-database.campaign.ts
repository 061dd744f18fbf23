import { expect, it } from 'vitest';

import { fuzzDatabases } from '../archive/checks/mutated-database.js';

it('two thousand damaged databases: each is answered for, none takes long, nothing outside is touched', async () => {
  const seed = Number(process.env['CAMPAIGN_SEED'] ?? Date.now() % 1_000_000);
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  say(`seed ${seed} (CAMPAIGN_SEED repeats it)`);
  const run = await fuzzDatabases({ tryCount: 2_000, seed, verifyEvery: 25 });
  say(`${run.tryCount} databases, ${run.refusedCount} refused, ${Math.round(run.slowestMs)} ms for the slowest`);
  expect(run.defects).toEqual([]);
  expect(run.slowestMs).toBeLessThan(2000);
});
