import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { makeFolderDurably, writeDurably } from '../../src/disk/durable-file.js';
import { DirectorySync } from '../../src/disk/directory-sync.js';
import { temporaryDirectory } from '../archive/temporary-directory.js';

describe('writeDurably', () => {
  it('replaces a file whole and leaves nothing beside it', async () => {
    const directory = temporaryDirectory();
    const path = join(directory, 'result.json');
    await writeDurably(path, 'old');
    await writeDurably(path, Buffer.from('new'));

    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(readdirSync(directory)).toEqual(['result.json']);
  });

  it('never shows a reader anything but one whole version', async () => {
    const path = join(temporaryDirectory(), 'result.json');
    const versions = Array.from({ length: 20 }, (_, version) => `${version} `.repeat(50_000));
    await writeDurably(path, versions[0] ?? '');
    const writeAll = async (): Promise<boolean> => {
      for (const version of versions) await writeDurably(path, version);
      return true;
    };
    const writing = writeAll();
    let readCount = 0;
    for (let done = false; !done; readCount += 1) {
      expect(versions).toContain(readFileSync(path, 'utf8'));
      done = await Promise.race([writing, new Promise<false>((resolve) => setImmediate(resolve, false))]);
    }
    expect(readCount).toBeGreaterThan(1);
  });

  it('overwrites what a killed run left aside', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, '.result.json.partial'), 'half, and longer than the new one');
    await writeDurably(join(directory, 'result.json'), 'new');

    expect(readFileSync(join(directory, 'result.json'), 'utf8')).toBe('new');
    expect(readdirSync(directory)).toEqual(['result.json']);
  });

  it('leaves nothing behind when it cannot, and names the path', async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'result.json', 'x'), { recursive: true });

    await expect(writeDurably(join(directory, 'result.json'), 'new')).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
    expect(readdirSync(directory)).toEqual(['result.json']);
  });
});

describe('makeFolderDurably', () => {
  it('makes all that is missing, and takes what is there', async () => {
    const directory = temporaryDirectory();
    await makeFolderDurably(join(directory, 'a', 'b', 'c'));
    await makeFolderDurably(join(directory, 'a', 'b', 'c'));

    expect(readdirSync(directory, { recursive: true })).toContain(join('a', 'b', 'c'));
  });

  it('says what is in the way', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'a'), '');

    await expect(makeFolderDurably(join(directory, 'a', 'b'))).rejects.toMatchObject({
      code: 'FILE_SYSTEM',
      message: expect.stringMatching(/a part of the path is a file|something is there already/) as string,
    });
  });
});

describe('DirectorySync', () => {
  it('lets all who come while one sync runs share the next', async () => {
    const directory = temporaryDirectory();
    const sync = new DirectorySync();
    const first = sync.sync(directory);
    const second = sync.sync(directory);

    expect(second).not.toBe(first);
    expect(sync.sync(directory)).toBe(second);
    await Promise.all([first, second]);
    const third = sync.sync(directory);
    expect(third).not.toBe(second);
    await third; // The folder goes with the test.
  });

  it.skipIf(process.platform === 'win32')('tells a failure to everyone who waited for it, and goes on', async () => {
    const directory = join(temporaryDirectory(), 'later');
    const sync = new DirectorySync();
    const results = await Promise.allSettled([sync.sync(directory), sync.sync(directory), sync.sync(directory)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);

    mkdirSync(directory);
    await expect(sync.sync(directory)).resolves.toBeUndefined();
  });
});
