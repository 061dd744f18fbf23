import { expect, it } from 'vitest';

import { processMutated } from '../media/mutated-run.js';
import { Stage } from '../media/stage.js';

it('a thousand damaged files of ten kinds: each is answered for, none is changed, memory stays inside its budget', async () => {
  await using stage = await Stage.open();
  const seed = Number(process.env['CAMPAIGN_SEED'] ?? Date.now() % 1_000_000);
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  say(`seed ${seed} (CAMPAIGN_SEED repeats it)`);
  const run = await processMutated(stage, 1000, seed);
  say(
    `${run.fileCount} files: ${run.failedCount} failed, ${run.problemCount} things could not be made, ${run.derivativeCount} were`,
  );
  say(`at most ${Math.round(run.maxBytes / 1e6)} MB in all workers and programs, ${run.slowestMs} ms for a file`);
  expect(run.maxBytes).toBeLessThan(600e6);
});
