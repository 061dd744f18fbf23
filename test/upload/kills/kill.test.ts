import { expect, it } from 'vitest';

import { needsRadosgw } from '../servers/radosgw.js';
import { openaiStore, s3Store, tusStore } from './kill-stores.js';
import { killUploads } from './killed-upload.js';

const needsCeph = await needsRadosgw();

it('an upload that is killed goes on: the file comes whole, and each kill costs each connection one part at most', async () => {
  await using store = await tusStore();
  const report = await killUploads({ store, killCount: 4, seed: 20_260_101 });
  expect(report.killCount).toBe(4);
}, 120_000);

needsCeph(
  'so does one to a bucket, by the parts that it lists',
  async () => {
    await using store = await s3Store();
    const report = await killUploads({ store, killCount: 4, seed: 20_260_102 });
    expect(report.killCount).toBe(4);
  },
  180_000,
);

it('so does one to a store that cannot tell which parts it has, by the receipts of the session', async () => {
  await using store = await openaiStore();
  const report = await killUploads({ store, killCount: 4, seed: 20_260_103 });
  expect(report.killCount).toBe(4);
}, 120_000);
