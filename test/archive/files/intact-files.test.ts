import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeEach, describe, expect, it } from 'vitest';

import { type FileOnDisk, IntactFiles } from '../../../src/archive/files/intact-files.js';
import { temporaryDirectory } from '../temporary-directory.js';

const signal = new AbortController().signal;
let path: string;
let file: FileOnDisk;
let intact: IntactFiles;

/** Whole seconds, which every file system keeps. */
function write(text: string, seconds = 1_000_000_000): void {
  writeFileSync(path, text);
  utimesSync(path, seconds, seconds);
}

beforeEach(() => {
  path = join(temporaryDirectory(), 'a.jpg');
  write('hello');
  file = { absolutePath: path, sizeBytes: 5, sha256: createHash('sha256').update('hello').digest('hex') };
  intact = new IntactFiles();
});

describe('a stored file that is to be linked', () => {
  it('is read once, and not again while the system says that nobody wrote it', async () => {
    expect(await intact.has(file, signal)).toBe(true);
    write('jello'); // As nobody does: with the time of before.
    expect(await intact.has(file, signal)).toBe(true);
    expect(await new IntactFiles().has(file, signal)).toBe(false);
  });

  it('is read again when it was written since, or is another file, or other bytes are wanted', async () => {
    expect(await intact.has(file, signal)).toBe(true);
    expect(await intact.has({ ...file, sha256: '0'.repeat(64) }, signal)).toBe(false);
    write('jello', 1_000_000_001);
    expect(await intact.has(file, signal)).toBe(false);
    write('hello', 1_000_000_002);
    expect(await intact.has(file, signal)).toBe(true);

    const other = `${path}.other`;
    writeFileSync(other, 'cello');
    utimesSync(other, 1_000_000_002, 1_000_000_002);
    renameSync(other, path);
    expect(await intact.has(file, signal)).toBe(false);
  });

  it('is not intact when it is gone or of another size', async () => {
    expect(await intact.has(file, signal)).toBe(true);
    write('hello you');
    expect(await intact.has(file, signal)).toBe(false);
    rmSync(path);
    expect(await intact.has(file, signal)).toBe(false);
  });

  it('is not intact where something else has its name, and cannot be told of when asked to stop', async () => {
    rmSync(path);
    mkdirSync(path);
    expect(await intact.has({ ...file, sizeBytes: statSync(path).size }, signal)).toBe(false);
    rmSync(path, { recursive: true });
    writeFileSync(`${path}.other`, 'hello');
    symlinkSync(`${path}.other`, path);
    expect(await intact.has(file, signal)).toBe(false);
    rmSync(path);
    write('hello');
    await expect(intact.has(file, AbortSignal.abort(new Error('Stop.')))).rejects.toThrow('Stop.');
    expect(await intact.has(file, signal)).toBe(true);
  });
});
