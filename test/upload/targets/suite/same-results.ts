import { expect, it } from 'vitest';

import type { UploadedFile } from '../../../../src/upload/uploaded-file.js';
import type { TargetUnderTest } from '../far-end.js';
import { hook, hookTest } from './hook-test.js';
import { SuiteStage } from './suite-stage.js';

export function sameResults(under: TargetUnderTest): void {
  const test = under.test ?? it;

  test('leaves the same bytes, results and messages in parallel as one after the other', async () => {
    await using parallel = await SuiteStage.open(under);
    await using sequential = await SuiteStage.open(under);
    const sizes = [parallel.severalParts, 0, 70_000, parallel.partBytes, 1];
    const items = sizes.map((size, index) => parallel.make(`file-${index}`, size));
    const missing = { path: `${parallel.folder}/missing`, name: 'missing' };
    const all = [...items.slice(0, 2), missing, ...items.slice(2)];
    const one = await parallel.upload(all, undefined, { most: 8 });
    const other = await sequential.upload(all, undefined, { most: 1, percent: 0 });
    expect(one.files.map(comparable)).toEqual(other.files.map(comparable));
    expect(one.files.map(({ name }) => name)).toEqual(all.map(({ name }) => name));
    expect(one.files[2]).toMatchObject({ state: 'failed', code: 'FILE_SYSTEM' });
    expect(one.notes).toEqual(other.notes);
    for (const [index, file] of one.files.entries()) {
      const [mine, theirs] = [await parallel.bytesOf(file), await sequential.bytesOf(other.files[index])];
      expect(mine?.toString('base64') === theirs?.toString('base64'), file.name).toBe(true);
    }
  });

  const testsRemoval = hookTest(under, 'remove');
  testsRemoval('knows what is there already, and sends what another program has removed', async () => {
    await using stage = await SuiteStage.open(under);
    const items = [stage.make('kept', stage.severalParts), stage.make('removed', 5000)];
    const { files } = await stage.upload(items);
    expect((await stage.upload(items)).files).toMatchObject([{ state: 'present' }, { state: 'present' }]);
    const removed = files[1];
    if (removed?.state !== 'uploaded') return expect.unreachable('The file was not uploaded.');
    await hook(stage.farEnd.remove?.(removed.remoteId));
    const again = await stage.upload(items);
    expect(again.files).toMatchObject([{ state: 'present' }, { state: 'uploaded' }]);
    expect((await stage.bytesOf(again.files[1]))?.length).toBe(5000);
  });

  // Where names are free both stay.
  if (under.replacesByName === false) return;
  test('puts what has changed in the place of what was there', async () => {
    await using stage = await SuiteStage.open(under);
    await stage.upload([stage.make('notes.txt', 100)]);
    const changed = stage.make('notes.txt', 2000);
    const { files } = await stage.upload([changed]);
    expect(files).toMatchObject([{ state: 'uploaded' }]);
    expect((await stage.bytesOf(files[0]))?.equals(changed.content)).toBe(true);
    expect(await stage.farEnd.fileCount()).toBe(1);
  });
}

/** What must be the same: all but where the far end is, and the ids that it makes. */
function comparable(file: UploadedFile): unknown {
  const { name, state, sizeBytes } = file;
  if (file.state === 'failed') return { name, state, sizeBytes, code: file.code, reason: file.reason };
  return { name, state, sizeBytes, sha256: file.sha256, by: file.confirmedBy };
}
