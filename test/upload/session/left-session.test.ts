import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { expect, it } from 'vitest';

import { DirectoryTarget } from '../../../src/upload/targets/directory.js';
import { temporaryDirectory } from '../../archive/temporary-directory.js';
import { testRun } from '../upload-run.js';

const PART_BYTES = 1000;

function fileIn(folder: string): { readonly path: string; readonly name: string } {
  const path = join(folder, 'here', 'film');
  mkdirSync(dirname(path));
  writeFileSync(path, randomBytes(3 * PART_BYTES + 1));
  return { path, name: 'film' };
}

it.each(['far-end', 'content'] as const)(
  'a session that a run left which was killed right before it would have removed it is gone after the next (%s)',
  async (check) => {
    const folder = temporaryDirectory();
    const item = fileIn(folder);
    await using target = new DirectoryTarget(join(folder, 'far'));
    using killed = await testRun({ target, folder, chosenPartBytes: PART_BYTES });
    killed.run.sessions.remove = () => Promise.resolve();
    expect(await killed.upload([item])).toMatchObject([{ state: 'uploaded' }]);
    expect(await killed.run.sessions.list()).toHaveLength(1);
    using next = await testRun({ target, folder, chosenPartBytes: PART_BYTES, check });
    expect(await next.upload([item])).toMatchObject([{ state: 'present' }]);
    expect(await next.run.sessions.list()).toEqual([]);
  },
);

it('the session of an unfinished upload stays where the same bytes came from elsewhere: it says what to give up', async () => {
  const folder = temporaryDirectory();
  const item = fileIn(folder);
  const other = { ...item, path: join(folder, 'copy') };
  copyFileSync(item.path, other.path);
  await using target = new DirectoryTarget(join(folder, 'far'));
  const stop = new AbortController();
  using stopped = await testRun({
    ...{ target, folder, chosenPartBytes: PART_BYTES, most: 1 },
    onEvent: ({ doneParts }) => {
      if (doneParts === 1) stop.abort(new Error('Ctrl-C'));
    },
  });
  await expect(stopped.upload([item], stop.signal)).rejects.toThrow('Ctrl-C');
  using next = await testRun({ target, folder, chosenPartBytes: PART_BYTES });
  expect(await next.upload([other])).toMatchObject([{ state: 'uploaded' }]);
  expect(await next.upload([item])).toMatchObject([{ state: 'present' }]);
  expect(await next.run.sessions.list()).toMatchObject([{ path: item.path, status: 'paused' }]);
});
