import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { DerivativeFiles } from '../../../src/archive/files/derivative-files.js';

const NAME = `${'a'.repeat(32)}.thumb.webp`;
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'chatferry-derived-'));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

describe('the folder in which derivatives are made', () => {
  it('is cleared of what a killed run left, and keeps what is on its way in this one', async () => {
    const files = new DerivativeFiles({ directory, folder: 'chat' });
    await mkdir(files.workFolder, { recursive: true });
    await writeFile(join(files.workFolder, NAME), 'half');
    await files.prepare();
    expect(await readdir(files.workFolder)).toEqual([]);

    await writeFile(join(files.workFolder, NAME), 'whole');
    await files.prepare(); // The next page of media, while the files of this one are made.
    expect(await files.place([NAME])).toEqual([`thumbs/${NAME}`]);
  });
});

const OTHER_NAME = `${'b'.repeat(32)}.small.mp4`;

/** A chat with derivatives that were made and placed. */
async function placed(folder: string, contents: Readonly<Record<string, string>>): Promise<DerivativeFiles> {
  const files = new DerivativeFiles({ directory, folder });
  await files.prepare();
  for (const [name, content] of Object.entries(contents)) await writeFile(join(files.workFolder, name), content);
  await files.place(Object.keys(contents));
  return files;
}

function thumbs(folder = 'chat'): Promise<string[]> {
  return readdir(join(directory, folder, 'thumbs')).then((names) => names.sort());
}

describe('the derivatives of a chat', () => {
  it('are named after the first 32 digits of the hash, and are made in a folder that nobody sees', () => {
    const files = new DerivativeFiles({ directory, folder: 'chat' });
    expect(files.nameOf('0123456789abcdef'.repeat(4))).toBe('0123456789abcdef'.repeat(2));
    expect(files.workFolder).toBe(join(directory, 'chat', '.partial', 'derived'));
    expect(files.absoluteMediaPath('media/photos/a.jpg')).toBe(join(directory, 'chat', 'media', 'photos', 'a.jpg'));
  });

  it('get their places in the order in which they are named, and replace what is there', async () => {
    const files = await placed('chat', { [OTHER_NAME]: 'two', [NAME]: 'one' });
    expect(await thumbs()).toEqual([NAME, OTHER_NAME]);
    expect(await readdir(files.workFolder)).toEqual([]);
    await writeFile(join(files.workFolder, NAME), 'new');
    await writeFile(join(files.workFolder, OTHER_NAME), 'newer');
    expect(await files.place([OTHER_NAME, NAME])).toEqual([`thumbs/${OTHER_NAME}`, `thumbs/${NAME}`]);
    expect(await readFile(join(directory, 'chat', 'thumbs', NAME), 'utf8')).toBe('new');
    expect(await readFile(join(directory, 'chat', 'thumbs', OTHER_NAME), 'utf8')).toBe('newer');
  });

  it('need no folder while there are none', async () => {
    const files = await placed('chat', {});
    expect(await files.place([])).toEqual([]);
    await expect(thumbs()).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.skipIf(process.platform === 'win32')('are in folders with the permissions that were asked for', async () => {
    await chmod(directory, 0o755);
    await mkdir(join(directory, 'any'));
    const unmasked = (await stat(join(directory, 'any'))).mode & 0o777;
    const files = new DerivativeFiles({ directory, folder: 'chat', folderMode: 0o750 });
    await files.prepare();
    await writeFile(join(files.workFolder, NAME), 'one');
    await files.place([NAME]);
    for (const folder of ['chat', 'chat/.partial', 'chat/.partial/derived', 'chat/thumbs']) {
      expect((await stat(join(directory, folder))).mode & 0o777, folder).toBe(0o750 & unmasked);
    }
    const open = new DerivativeFiles({ directory, folder: 'open' });
    await open.prepare();
    expect((await stat(join(directory, 'open'))).mode & 0o777).toBe(0o755 & unmasked);
  });

  it('are cleared away where nothing names them any more; files of others stay', async () => {
    const files = await placed('chat', { [NAME]: 'one', [OTHER_NAME]: 'two' });
    await writeFile(join(directory, 'chat', 'thumbs', 'holiday.jpg'), 'of a person');
    await writeFile(join(files.workFolder, NAME), 'half');
    await files.finish(new Set([`thumbs/${OTHER_NAME}`]));
    expect(await thumbs()).toEqual([OTHER_NAME, 'holiday.jpg']);
    await expect(readdir(files.workFolder)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('leave a file of others where they are made, and then that folder as well', async () => {
    const files = await placed('chat', {});
    await writeFile(join(files.workFolder, 'notes.txt'), 'of a person');
    await files.finish(new Set());
    expect(await readdir(files.workFolder)).toEqual(['notes.txt']);
    await new DerivativeFiles({ directory, folder: 'chat' }).prepare();
    expect(await readdir(files.workFolder)).toEqual(['notes.txt']);
  });
});

describe('derivatives that another chat has', () => {
  const known = [
    { path: `thumbs/${NAME}`, sizeBytes: 3 },
    { path: `thumbs/${OTHER_NAME}`, sizeBytes: 5 },
  ];

  it('get a name here, as often as they are asked for, and stay there', async () => {
    await placed('other', { [NAME]: 'one', [OTHER_NAME]: 'three' });
    const files = await placed('chat', {});
    for (let trial = 0; trial < 2; trial += 1) {
      expect(await files.share('other', known)).toBe(true);
      expect(await thumbs()).toEqual([NAME, OTHER_NAME]);
      expect(await thumbs('other')).toEqual([NAME, OTHER_NAME]);
      expect(await readdir(files.workFolder)).toEqual([]);
    }
    expect(await readFile(join(directory, 'chat', 'thumbs', OTHER_NAME), 'utf8')).toBe('three');
  });

  it.each<[string, () => Promise<void>]>([
    ['is gone', () => rm(join(directory, 'other', 'thumbs', OTHER_NAME))],
    ['has another size', () => writeFile(join(directory, 'other', 'thumbs', OTHER_NAME), 'four')],
    ['is a folder', () => replacedByFolder(join(directory, 'other', 'thumbs', OTHER_NAME))],
    ['is in a folder that is a file now', () => replacedByFile(join(directory, 'other', 'thumbs'))],
    ['is behind a link', () => movedBehindLink(join(directory, 'other', 'thumbs'))],
  ])('are not taken over when one of them %s', async (_, change) => {
    await placed('other', { [NAME]: 'one', [OTHER_NAME]: 'three' });
    await change();
    const files = await placed('chat', {});
    expect(await files.share('other', known)).toBe(false);
    await expect(thumbs()).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('are none where nothing was made there', async () => {
    expect(await (await placed('chat', {})).share('other', [])).toBe(true);
  });
});

async function replacedByFolder(path: string): Promise<void> {
  await rm(path);
  await mkdir(path);
}

async function replacedByFile(path: string): Promise<void> {
  await rm(path, { recursive: true });
  await writeFile(path, 'three');
}

async function movedBehindLink(path: string): Promise<void> {
  await rename(path, `${path}-elsewhere`);
  await symlink(`${path}-elsewhere`, path);
}
