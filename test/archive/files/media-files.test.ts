import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { MediaTarget } from '../../../src/archive/files/file-name.js';
import { MediaFiles } from '../../../src/archive/files/media-files.js';
import { PHOTO, textMessage } from '../sample-message.js';
import { temporaryDirectory } from '../temporary-directory.js';

function targetOf(id: number, index = 0): MediaTarget {
  return { message: textMessage(id), media: PHOTO, index };
}

const neverAborted = new AbortController().signal;

async function preparedFiles(): Promise<{ readonly files: MediaFiles; readonly folder: string }> {
  const directory = temporaryDirectory();
  const files = new MediaFiles({ directory, folder: 'chat-channel1' });
  await files.prepare();
  return { files, folder: join(directory, 'chat-channel1') };
}

/** All files below `folder`, hidden ones too, relative, ascending. */
function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort();
}

describe('MediaFiles', () => {
  it('puts a complete file under its readable name', async () => {
    const { files, folder } = await preparedFiles();
    const target = targetOf(1);
    const temporary = files.temporaryPath(target.message, 0);
    writeFileSync(temporary, 'hello');

    expect(await files.place(temporary, target)).toBe('media/photos/2026-05-01_1_photo.jpg');
    expect(filesIn(folder)).toEqual(['media/photos/2026-05-01_1_photo.jpg']);
    expect(readFileSync(join(folder, 'media/photos/2026-05-01_1_photo.jpg'), 'utf8')).toBe('hello');
  });

  it('has a place of its own on the way for every medium of every message', async () => {
    const { files } = await preparedFiles();
    const ids = [0, 1, 11, -1, -11, -999_999_999, -999_999_989, -2_000_000_000];
    const paths = ids.flatMap((id) => [0, 1, 10].map((index) => files.temporaryPath(textMessage(id), index)));

    expect(new Set(paths).size).toBe(paths.length);
  });

  it('replaces what has the name already', async () => {
    const { files, folder } = await preparedFiles();
    await files.write('old', targetOf(1));
    const { path } = await files.write('new', targetOf(1));

    expect(readFileSync(join(folder, path), 'utf8')).toBe('new');
    expect(filesIn(folder)).toHaveLength(1);
  });

  it('places many at once', async () => {
    const { files, folder } = await preparedFiles();
    const stored = await Promise.all(Array.from({ length: 100 }, (_, id) => files.write(`${id}`, targetOf(id))));

    expect(filesIn(folder)).toEqual(stored.map(({ path }) => path).sort());
    for (const [id, { path }] of stored.entries()) expect(readFileSync(join(folder, path), 'utf8')).toBe(`${id}`);
  });

  it('writes what a message carries itself, and says what it wrote', async () => {
    const { files } = await preparedFiles();
    const media = { kind: 'contact-card', role: 'main', inlineContent: 'BEGIN:VCARD\nFN:Zoë' } as const;
    const bytes = Buffer.from(media.inlineContent);

    expect(await files.write(media.inlineContent, { message: textMessage(1), media, index: 0 })).toEqual({
      path: 'media/contacts/2026-05-01_1_contact-card.vcf',
      sizeBytes: bytes.byteLength,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
  });

  it('gives the same bytes a second name without storing them twice', async () => {
    const { files, folder } = await preparedFiles();
    const { path, ...content } = await files.write('hello', targetOf(1));
    const second =
      (await files.link({ absolutePath: join(folder, path), ...content }, targetOf(2), neverAborted)) ?? '';

    expect(statSync(join(folder, second)).ino).toBe(statSync(join(folder, path)).ino);
    rmSync(join(folder, path));
    expect(readFileSync(join(folder, second), 'utf8')).toBe('hello');
  });

  it('harms no other name when one is replaced or deleted', async () => {
    const { files, folder } = await preparedFiles();
    const { path, ...content } = await files.write('hello', targetOf(1));
    const original = { absolutePath: join(folder, path), ...content };
    const names = await Promise.all([2, 3, 4].map((id) => files.link(original, targetOf(id), neverAborted)));
    await files.write('other', targetOf(1));
    await files.write('again', targetOf(2));
    rmSync(join(folder, names[1] ?? ''));
    expect(readFileSync(join(folder, names[2] ?? ''), 'utf8')).toBe('hello');
    expect(readFileSync(join(folder, names[0] ?? ''), 'utf8')).toBe('again');
    expect(readFileSync(original.absolutePath, 'utf8')).toBe('other');
  });

  it('names a file by what its bytes are where it is told to', async () => {
    const { files } = await preparedFiles();
    const target = { ...targetOf(1), extension: 'webp' };
    expect((await files.write('hello', target)).path).toBe(files.finalPath(target));
    expect(files.finalPath(target)).toMatch(/_1_[^/]*\.webp$/);
    expect(files.finalPath(targetOf(1))).not.toMatch(/webp$/);
  });

  it('links over another file, over another link of the same file, and onto itself', async () => {
    const { files, folder } = await preparedFiles();
    const { path, ...content } = await files.write('hello', targetOf(1));
    await files.write('other', targetOf(2));
    for (const id of [2, 2, 1]) {
      await files.link({ absolutePath: join(folder, path), ...content }, targetOf(id), neverAborted);
    }

    expect(filesIn(folder)).toEqual(['media/photos/2026-05-01_1_photo.jpg', 'media/photos/2026-05-01_2_photo.jpg']);
    for (const file of filesIn(folder)) expect(readFileSync(join(folder, file), 'utf8')).toBe('hello');
  });

  it.each([
    [
      'is gone',
      (path: string) => {
        rmSync(path);
      },
    ],
    [
      'has other bytes of the same size',
      (path: string) => {
        writeFileSync(path, 'hullo');
      },
    ],
    [
      'grew',
      (path: string) => {
        writeFileSync(path, 'hello, hello');
      },
    ],
    [
      'became a folder',
      (path: string) => {
        rmSync(path);
        mkdirSync(path);
      },
    ],
  ])('does not link what %s since it was stored', async (_, change) => {
    const { files, folder } = await preparedFiles();
    const { path, ...content } = await files.write('hello', targetOf(1));
    const absolutePath = join(folder, path);
    change(absolutePath);

    expect(await files.link({ absolutePath, ...content }, targetOf(2), neverAborted)).toBeUndefined();
    expect(await files.link({ absolutePath, ...content }, targetOf(1), neverAborted)).toBeUndefined();
    expect(filesIn(folder)).not.toContain('media/photos/2026-05-01_2_photo.jpg');
  });

  it('stops looking at a file when it is told to', async () => {
    const { files, folder } = await preparedFiles();
    const { path, ...content } = await files.write('hello', targetOf(1));
    const existing = { absolutePath: join(folder, path), ...content };
    await expect(files.link(existing, targetOf(2), AbortSignal.abort(new Error('Stop.')))).rejects.toThrow('Stop.');
  });

  it('names the path and a remedy when the name is taken by a folder', async () => {
    const { files, folder } = await preparedFiles();
    mkdirSync(join(folder, 'media/photos/2026-05-01_1_photo.jpg/x'), { recursive: true });

    await expect(files.write('hello', targetOf(1))).rejects.toMatchObject({
      code: 'FILE_SYSTEM',
      message: expect.stringMatching(
        /2026-05-01_1_photo\.jpg is a folder, and a file belongs there\. .*Move it away/,
      ) as string,
    });
    expect(filesIn(folder)).toEqual([]);
  });

  it('tries to make a folder again after it could not', async () => {
    const { files, folder } = await preparedFiles();
    writeFileSync(join(folder, 'media'), 'in the way');
    await expect(files.write('hello', targetOf(1))).rejects.toMatchObject({ code: 'FILE_SYSTEM' });

    rmSync(join(folder, 'media'));
    await files.write('hello', targetOf(1));
    expect(filesIn(folder)).toHaveLength(1);
  });

  it('removes what a killed run left on its way, and nothing else', async () => {
    const { files, folder } = await preparedFiles();
    const { path } = await files.write('hello', targetOf(1));
    writeFileSync(files.temporaryPath(textMessage(2), 0), 'half');
    await files.finish();
    expect(filesIn(folder)).toHaveLength(2);

    await files.prepare();
    expect(filesIn(folder)).toEqual([path]);
    await files.finish();
    await files.finish();
    expect(existsSync(join(folder, '.partial'))).toBe(false);
  });
});
