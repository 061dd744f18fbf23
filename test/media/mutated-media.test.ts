import { expect, it } from 'vitest';

import { processMutated } from './mutated-run.js';
import { Stage } from './stage.js';

it('a hundred damaged files of ten kinds: each is answered for, none is changed, nothing is left half made', async () => {
  await using stage = await Stage.open();
  const run = await processMutated(stage, 100, 1);
  expect(run.problemCount + run.failedCount).toBeGreaterThan(20); // The damage is real.
  expect(run.derivativeCount).toBeGreaterThan(20); // And not total.
  expect(run.maxBytes).toBeLessThan(600e6);
});
