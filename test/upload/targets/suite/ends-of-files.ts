import { renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';

import { expect, it } from 'vitest';

import type { UploadTarget } from '../../../../src/upload/upload-target.js';
import { changedTarget } from '../changed-target.js';
import { withBody } from '../cuts.js';
import type { TargetUnderTest } from '../far-end.js';
import { hook, hookTest } from './hook-test.js';
import { SuiteStage } from './suite-stage.js';

/** How files end that do not end well, and that no such end is taken for success. */
export function endsOfFiles(under: TargetUnderTest): void {
  const test = under.test ?? it;

  test.each(['is written to', 'becomes shorter', 'is removed', 'is replaced'])(
    'leaves no file of a source that %s on its way',
    async (how) => {
      await using stage = await SuiteStage.open(under);
      const item = stage.make('film.mp4', stage.severalParts);
      const change = (): void => {
        if (how === 'is removed') rmSync(item.path);
        else if (how === 'is replaced') {
          writeFileSync(`${item.path}.new`, item.content);
          renameSync(`${item.path}.new`, item.path);
        } else if (how === 'becomes shorter') truncateSync(item.path, item.content.length - 500);
        else writeFileSync(item.path, Buffer.alloc(item.content.length, 7));
      };
      const changing = (target: UploadTarget) =>
        changedTarget(target, {
          sendPart: (remote, { part, file }, signal) =>
            target.sendPart(remote, { part: part.index === 0 ? withBody(part, change) : part, file }, signal),
        });
      const { files } = await stage.upload([item], changing, { most: 1 });
      expect(files).toMatchObject([{ state: 'failed', code: 'SOURCE_CHANGED' }]);
      expect(await stage.farEnd.fileCount()).toBe(0);
    },
  );

  const testsDamage = hookTest(under, 'damage');
  testsDamage('never takes a file for uploaded that is another one at the far end', async () => {
    await using stage = await SuiteStage.open(under);
    const { farEnd } = stage;
    const item = stage.make('film.mp4', stage.severalParts);
    const damaged = (target: UploadTarget) =>
      changedTarget(target, {
        complete: async (...args) => {
          const remote = await target.complete(...args);
          await hook(farEnd.damage?.(remote.id));
          return remote;
        },
      });
    const { files } = await stage.upload([item], damaged);
    expect(files).toMatchObject([{ state: 'failed', code: 'CONTENT_MISMATCH' }]);
    expect(JSON.stringify(files)).toContain('film.mp4');
    const again = await stage.upload([item]);
    expect(again.files).toMatchObject([{ state: 'uploaded' }]);
    expect((await stage.bytesOf(again.files[0]))?.equals(item.content)).toBe(true);
  });

  test('refuses a file that is too large before a byte is sent, with its name, size and limit', async () => {
    await using stage = await SuiteStage.open(under);
    const large = stage.make('large.bin', 2001);
    const small = stage.make('small.bin', 2000);
    const limited = (target: UploadTarget) =>
      changedTarget(target, { limits: { ...target.limits, largestFileBytes: 2000 } });
    const { files } = await stage.upload([large, small], limited);
    expect(files).toMatchObject([{ state: 'failed', code: 'STORE_REFUSED' }, { state: 'uploaded' }]);
    expect(files[0]?.state === 'failed' ? files[0].reason : '').toMatch(/large\.bin.*2001.*2000/);
    expect(await stage.farEnd.fileCount()).toBe(1);
  });

  const testsFilling = hookTest(under, 'fill');
  testsFilling('says so when the store is full, and leaves nothing half', async () => {
    await using stage = await SuiteStage.open(under);
    const { farEnd } = stage;
    await hook(farEnd.fill?.());
    const before = await farEnd.fileCount();
    const { files, error } = await stage.upload([stage.make('film.mp4', 1024 * 1024)]);
    const reason = files[0]?.state === 'failed' ? files[0].reason : error;
    expect(String(reason)).toMatch(/full|quota|room|limit|space/i);
    expect(await farEnd.fileCount()).toBe(before);
  });
}
