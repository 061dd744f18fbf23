import { expect, it } from 'vitest';

import { openaiStore, s3Store, tusStore } from '../upload/kills/kill-stores.js';
import { killUploads } from '../upload/kills/killed-upload.js';
import { needsRadosgw } from '../upload/servers/radosgw.js';

const needsCeph = await needsRadosgw();

const STORES = [
  ['a tus server', tusStore, it],
  ['a bucket of Ceph', s3Store, needsCeph],
  ['OpenAI in parts', openaiStore, it],
] as const;

for (const [name, start, test] of STORES) {
  test(`uploads to ${name} that are killed at fifty random moments come whole, and send one part a connection and kill again at most`, async () => {
    const seed = Number(process.env['CAMPAIGN_SEED'] ?? Date.now() % 1_000_000);
    const say = (text: string): void => void process.stdout.write(`${text}\n`);
    say(`${name}, seed ${seed} (CAMPAIGN_SEED repeats it)`);
    await using store = await start();
    const report = await killUploads({ store, killCount: 50, seed, onRun: say });
    say(
      `${report.killCount} kills, ${report.fileCount} files whole, ${report.againBytes} bytes beside theirs, headers included`,
    );
    expect(report.killCount).toBe(50);
  });
}
