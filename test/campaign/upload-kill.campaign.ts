import { expect, it } from 'vitest';

import { killUploads } from '../upload/engine/killed-upload.js';

it('uploads that are killed at fifty random moments come whole, and send one part a connection and kill again at most', async () => {
  const seed = Number(process.env['CAMPAIGN_SEED'] ?? Date.now() % 1_000_000);
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  say(`seed ${seed} (CAMPAIGN_SEED repeats it)`);
  const report = await killUploads({ killCount: 50, seed, onRun: say });
  say(
    `${report.killCount} kills, ${report.fileCount} files whole, ${report.againBytes} bytes beside theirs, headers included`,
  );
  expect(report.killCount).toBe(50);
});
