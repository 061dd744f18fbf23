import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { PrivateFolder } from '../../src/disk/private-folder.js';
import { Bystander, describeEntry } from './planted.js';

const isWindows = process.platform === 'win32';
let base: string;
let bystander: Bystander;
let folder: PrivateFolder;
beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'chatferry-private-'));
  bystander = new Bystander(join(base, 'of others'));
  folder = await PrivateFolder.make('work-', base);
});
afterEach(() => {
  rmSync(base, { recursive: true, force: true });
});

describe('a private folder', () => {
  it.skipIf(isWindows)('is for its owner alone', () => {
    expect(statSync(folder.path).mode & 0o777).toBe(0o700);
  });

  it('is gone with the files and folders in it', async () => {
    mkdirSync(join(folder.path, 'job-1', 'deeper'), { recursive: true });
    writeFileSync(join(folder.path, 'job-1', 'deeper', 'frame.png'), 'pixels');
    await folder.remove();
    expect(readdirSync(base)).toEqual(['of others']);
    await folder.remove();
  });

  it('is gone at the end of its block, also after an error', async () => {
    let path = '';
    const work = async (): Promise<void> => {
      await using made = await PrivateFolder.make('block-', base);
      path = made.path;
      writeFileSync(join(path, 'a'), '');
      throw new RangeError('as a decoder would');
    };
    await expect(work()).rejects.toThrow('as a decoder would');
    expect([path !== '', existsSync(path)]).toEqual([true, false]);
  });

  it('is taken away by a process that was told of it', () => {
    writeFileSync(join(folder.path, 'a'), '');
    PrivateFolder.at(folder.path).removeSync();
    expect(existsSync(folder.path)).toBe(false);
  });

  it('stays with a link in it, which is not followed, and without the files beside', async () => {
    mkdirSync(join(folder.path, 'job-1'));
    writeFileSync(join(folder.path, 'job-1', 'frame.png'), 'pixels');
    symlinkSync(bystander.folder, join(folder.path, 'job-1', 'elsewhere'), 'junction');
    await folder.remove();
    expect(readdirSync(join(folder.path, 'job-1'))).toEqual(['elsewhere']);
    expect(bystander.changes()).toBe('');
  });

  it.skipIf(isWindows)('stays with a pipe in it', async () => {
    execFileSync('mkfifo', [join(folder.path, 'pipe')]);
    await folder.remove();
    expect(readdirSync(folder.path)).toEqual(['pipe']);
  });

  it('leaves another folder alone that has its name by then', async () => {
    renameSync(folder.path, join(base, 'moved away'));
    mkdirSync(folder.path);
    writeFileSync(join(folder.path, 'precious.txt'), 'precious');
    await folder.remove();
    expect(describeEntry(join(folder.path, 'precious.txt'))).toBe('file of precious');
  });

  it('leaves a link alone that has its name by then, and what it leads to', async () => {
    renameSync(folder.path, join(base, 'moved away'));
    symlinkSync(bystander.folder, folder.path, 'junction');
    await folder.remove();
    expect(describeEntry(folder.path)).toContain('link to');
    expect(bystander.changes()).toBe('');
  });

  it('is not believed to be one where a link is', () => {
    const link = join(base, 'link');
    symlinkSync(folder.path, link, 'junction');
    expect(() => PrivateFolder.at(link)).toThrow(`${link} is not used`);
  });
});
