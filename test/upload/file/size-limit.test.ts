import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { DirectoryTarget } from '../../../src/upload/targets/directory.js';
import type { TargetLimits } from '../../../src/upload/upload-target.js';
import { temporaryDirectory } from '../../archive/temporary-directory.js';
import { changedTarget } from '../targets/changed-target.js';
import { testRun } from '../upload-run.js';

it.each([
  ['says how large files may be', { largestFileBytes: 1000 }, 1000],
  ['takes two parts of 512 bytes at most', { maxPartCount: 2, maxPartBytes: 512 }, 1024],
  ['takes whole parts alone', { maxPartCount: 2, maxPartBytes: 700, partGranularityBytes: 256 }, 1024],
  ['takes a whole file in one request', { maxPartCount: 1, maxPartBytes: 512, wholeUpToBytes: 1024 }, 1024],
] as const)(
  'a target that %s refuses a larger file by name, with both sizes, and takes the others',
  async (_, changes: Partial<TargetLimits>, most) => {
    const folder = temporaryDirectory();
    const place = new DirectoryTarget(join(folder, 'far'));
    const target = changedTarget(place, { limits: { ...place.limits, ...changes } });
    const files = { small: most, large: most + 1, last: 1 };
    for (const [name, sizeBytes] of Object.entries(files)) {
      writeFileSync(join(folder, name), '');
      truncateSync(join(folder, name), sizeBytes);
    }
    using run = await testRun({ target, folder });
    const items = Object.keys(files).map((name) => ({ path: join(folder, name), name }));
    const done = await run.upload(items);
    expect(done.map(({ state }) => state)).toEqual(['uploaded', 'failed', 'uploaded']);
    expect(done[1]).toMatchObject({
      code: 'STORE_REFUSED',
      sizeBytes: most + 1,
      reason: `${join(folder, 'large')} has ${most + 1} bytes, and ${target.id} takes files of up to ${most} bytes. Choose another target for it.`,
    });
  },
);
