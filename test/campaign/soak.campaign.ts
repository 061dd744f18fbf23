import { expect, it } from 'vitest';

import { soak } from '../e2e/soak.js';

it('ten thousand small files over a bad line are each right or listed, and memory stays flat', async () => {
  const seed = Number(process.env['CAMPAIGN_SEED'] ?? Date.now() % 1_000_000);
  const fileCount = Number(process.env['CAMPAIGN_FILES'] ?? 10_000);
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  say(`seed ${seed} (CAMPAIGN_SEED repeats it)`);
  const report = await soak({ fileCount, seed, onProgress: say });
  say(JSON.stringify(report));
  // The server stands in the same process, so this bounds what both hold on to for each file that goes by.
  expect(Math.abs(report.liveBytesPerFile)).toBeLessThan(300);
});
