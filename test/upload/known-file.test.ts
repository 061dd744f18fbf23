import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { DirectoryTarget } from '../../src/upload/targets/directory.js';
import type { UploadCheck } from '../../src/upload/target-run.js';
import type { UploadedFile } from '../../src/upload/uploaded-file.js';
import { temporaryDirectory } from '../archive/temporary-directory.js';
import { testRun } from './upload-run.js';

const LONG_AGO = new Date('2026-01-01T00:00:00Z');

/** Uploads `folder/file` to `folder/far`. */
async function uploadOnce(folder: string, check?: UploadCheck, now?: () => number): Promise<UploadedFile | undefined> {
  const target = new DirectoryTarget(join(folder, 'far'));
  using run = await testRun({ target, folder, ...(check && { check }), ...(now && { now }) });
  const [file] = await run.upload([{ path: join(folder, 'file'), name: 'file' }]);
  return file;
}

/** Writes other bytes in the place of the same file, so that nothing but its bytes tells. */
function changeUnseen(path: string, content: string): void {
  const { atime, mtime } = statSync(path);
  writeFileSync(path, content);
  utimesSync(path, atime, mtime);
}

describe('a file that was uploaded before', () => {
  it('is not read again while its size, time and inode are the same, and is asked for at the far end', async () => {
    const folder = folderWithFile();
    expect(await uploadOnce(folder)).toMatchObject({ state: 'uploaded' });
    changeUnseen(join(folder, 'file'), 'hullo'); // Only a file that is not read can hide this.
    expect(await uploadOnce(folder)).toMatchObject({ state: 'present' });
    rmSync(join(folder, 'far', 'file'));
    expect(await uploadOnce(folder)).toMatchObject({ state: 'uploaded' });
    expect(readFileSync(join(folder, 'far', 'file'), 'utf8')).toBe('hullo');
  });

  it('is read again where that is asked for, and sent where it is another', async () => {
    const folder = folderWithFile();
    await uploadOnce(folder);
    changeUnseen(join(folder, 'file'), 'hullo');
    expect(await uploadOnce(folder, 'content')).toMatchObject({ state: 'uploaded' });
    expect(readFileSync(join(folder, 'far', 'file'), 'utf8')).toBe('hullo');
  });

  it('is not even asked for where what is remembered counts', async () => {
    const folder = folderWithFile();
    await uploadOnce(folder);
    rmSync(join(folder, 'far', 'file'));
    expect(await uploadOnce(folder, 'remembered')).toMatchObject({ state: 'present' });
  });

  it('is read again after it was touched', async () => {
    const folder = folderWithFile();
    await uploadOnce(folder);
    writeFileSync(join(folder, 'file'), 'hullo');
    expect(await uploadOnce(folder)).toMatchObject({ state: 'uploaded' });
  });

  it('is read again where it was written to just before: a second change may have the same time', async () => {
    const folder = temporaryDirectory();
    writeFileSync(join(folder, 'file'), 'hello');
    const { mtimeMs } = statSync(join(folder, 'file'));
    await uploadOnce(folder, undefined, () => Math.floor(mtimeMs) + 1000);
    changeUnseen(join(folder, 'file'), 'hullo');
    expect(await uploadOnce(folder)).toMatchObject({ state: 'uploaded' });
  });
});

function folderWithFile(): string {
  const folder = temporaryDirectory();
  writeFileSync(join(folder, 'file'), 'hello');
  utimesSync(join(folder, 'file'), LONG_AGO, LONG_AGO);
  return folder;
}
