import { expect, it } from 'vitest';

import { eatHostileAnswers, expectHarmless, stopWhileEating } from '../source/telegram/fuzz/hostile-run.js';

const COUNT = 100_000;

it('a hundred thousand answers of a hostile server: each is taken or refused, in bounded memory and time', async () => {
  const seed = Number(process.env['CAMPAIGN_SEED'] ?? Date.now() % 1_000_000);
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  say(`seed ${seed} (CAMPAIGN_SEED repeats it)`);
  const eaten = await eatHostileAnswers(COUNT, seed);
  const { takenCount, refusedCount, lostCount, mostResidentBytes, longestMs, longestSeed } = eaten;
  say(
    `${COUNT} answers: ${takenCount} taken, ${refusedCount} refused, ${lostCount} ended the connection or were nobody's`,
  );
  say(`at most ${Math.round(mostResidentBytes / 1e6)} MB, ${Math.round(longestMs)} ms for one (seed ${longestSeed})`);
  expectHarmless(eaten, COUNT);
  const { exitCode, ms } = await stopWhileEating(seed);
  expect(exitCode).toBe(6);
  expect(ms).toBeLessThan(2000);
});
