import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { MediaTarget } from '../../../src/archive/files/file-name.js';
import { MediaFiles } from '../../../src/archive/files/media-files.js';
import type { Message } from '../../../src/chat/message.js';
import { ChatferryError } from '../../../src/errors/chatferry-error.js';
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

/** The same folder, as a later run opens it. */
async function laterRun(folder: string, resumable: readonly string[] = []): Promise<MediaFiles> {
  const files = new MediaFiles({ directory: dirname(folder), folder: basename(folder), resumable });
  await files.prepare();
  return files;
}

function photoMessage(id: number, remoteId: string): Message {
  return { ...textMessage(id), media: [{ ...PHOTO, remoteId }] };
}

describe('files on their way', () => {
  it('have the same place for the same remote id in every message and run, and another for every other id', async () => {
    const { files, folder } = await preparedFiles();
    const place = (id: number, remoteId: string, run = files): string =>
      run.temporaryPath(photoMessage(id, remoteId), 0);
    expect(place(1, 'photo:7')).toBe(join(folder, '.partial', 'photo+7.part'));
    expect(place(2, 'photo:7')).toBe(place(1, 'photo:7'));
    expect(place(3, 'photo:7', await laterRun(folder))).toBe(place(1, 'photo:7'));
    const ids = ['a', 'A:', 'a:', 'a+', 'a/b', 'a\\b', 'a%2f.b', '../a', '🎉', 'a b', 'a_b', 'a-b'];
    const names = ids.map((id) => basename(place(1, id)));
    expect(new Set(names).size).toBe(ids.length);
    for (const id of ids) expect(dirname(place(1, id))).toBe(join(folder, '.partial'));
    for (const name of names) expect(name).toMatch(/^[\w+.%-]+\.part$/);
    expect(files.temporaryPath(textMessage(5), 2)).toBe(join(folder, '.partial', '5_3'));
  });

  it('stay for the next run where they can be gone on with, until it has seen the whole chat without them', async () => {
    const { files, folder } = await preparedFiles();
    for (const id of ['photo:1', 'photo:2', 'photo:3']) writeFileSync(files.temporaryPath(photoMessage(1, id), 0), id);
    const next = await laterRun(folder, ['photo:1', 'photo:2']);
    expect(filesIn(folder)).toEqual(['.partial/photo+1.part', '.partial/photo+2.part']);
    const wanted = next.temporaryPath(photoMessage(9, 'photo:1'), 0);
    expect(readFileSync(wanted, 'utf8')).toBe('photo:1');
    expect(await next.finish()).toEqual(['photo:2']);
    expect(filesIn(folder)).toEqual(['.partial/photo+1.part']);
    expect(await (await laterRun(folder)).finish()).toEqual([]);
    expect(existsSync(join(folder, '.partial'))).toBe(false);
  });

  it('are cleared away by their names alone, with derivatives that were being made', async () => {
    const { folder } = await preparedFiles();
    const partial = join(folder, '.partial');
    const derived = join(partial, 'derived');
    mkdirSync(derived);
    for (const name of ['1_1', 'm5_2', 'n7_1.link', 'second.link', 'x.part']) writeFileSync(join(partial, name), '');
    for (const name of ['notes.txt', '1_1.txt', 'x_1']) writeFileSync(join(partial, name), '');
    writeFileSync(join(derived, `${'0'.repeat(32)}.thumb.webp`), '');
    await laterRun(folder);
    expect(filesIn(folder)).toEqual(['.partial/1_1.txt', '.partial/notes.txt', '.partial/x_1']);
    expect(existsSync(derived)).toBe(false);
    mkdirSync(derived);
    writeFileSync(join(derived, 'notes.txt'), '');
    await laterRun(folder);
    expect(readdirSync(derived)).toEqual(['notes.txt']);
  });

  it('are removed when they are of no use, and may be gone already', async () => {
    const { files } = await preparedFiles();
    const path = files.temporaryPath(photoMessage(1, 'photo:1'), 0);
    writeFileSync(path, 'half');
    await files.removeTemporary(path);
    await files.removeTemporary(path);
    expect(existsSync(path)).toBe(false);
    mkdirSync(path);
    await expect(files.removeTemporary(path)).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
  });

  it.skipIf(process.platform === 'win32')('are in folders with the permissions that were asked for', async () => {
    const directory = temporaryDirectory();
    chmodSync(directory, 0o755);
    mkdirSync(join(directory, 'any'));
    const unmasked = statSync(join(directory, 'any')).mode & 0o777;
    const files = new MediaFiles({ directory, folder: 'chat', folderMode: 0o750 });
    await files.prepare();
    await files.write('hello', targetOf(1));
    for (const folder of ['chat', 'chat/.partial', 'chat/media', 'chat/media/photos']) {
      expect(statSync(join(directory, folder)).mode & 0o777, folder).toBe(0o750 & unmasked);
    }
    await new MediaFiles({ directory, folder: 'open' }).prepare();
    expect(statSync(join(directory, 'open')).mode & 0o777).toBe(0o755 & unmasked);
  });
});

describe('files of a chat by their paths', () => {
  it('have sizes and digests, where they are there', async () => {
    const { files, folder } = await preparedFiles();
    const { path, sizeBytes, sha256 } = await files.write(new Uint8Array([1, 2, 3]), targetOf(1));
    expect(files.absolute(path)).toBe(join(folder, path));
    expect(sizeBytes).toBe(3);
    expect(sha256).toBe(
      createHash('sha256')
        .update(new Uint8Array([1, 2, 3]))
        .digest('hex'),
    );
    expect(await files.sizesOf([path, 'media/none.jpg'], neverAborted)).toEqual([3, undefined]);
    expect(await files.digestOf(path, neverAborted)).toEqual({ sizeBytes, sha256 });
    expect(await files.digestOf('media/photos/none.jpg', neverAborted)).toBeUndefined();
    await expect(files.digestOf('media/photos', neverAborted)).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
    const stopped = AbortSignal.abort(new ChatferryError('INTERRUPTED', 'Stop.'));
    await expect(files.digestOf(path, stopped)).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });

  it('are removed by name, and not where a link leads elsewhere', async () => {
    const { files, folder } = await preparedFiles();
    const { path } = await files.write('hello', targetOf(1));
    await files.remove(path);
    await files.remove(path);
    expect(filesIn(folder)).toEqual([]);
    const elsewhere = temporaryDirectory();
    writeFileSync(join(elsewhere, 'precious.jpg'), 'precious');
    symlinkSync(elsewhere, join(folder, 'media', 'linked'));
    await files.remove('media/linked/precious.jpg');
    expect(readFileSync(join(elsewhere, 'precious.jpg'), 'utf8')).toBe('precious');
    await expect(files.remove('media/photos')).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
  });

  it('are written again with what their message carries, in folders that are made where they are missing', async () => {
    const { files, folder } = await preparedFiles();
    for (const content of ['BEGIN:VCARD', 'other']) {
      await files.rewrite(content, 'media/contacts/1.vcf');
      expect(readFileSync(join(folder, 'media/contacts/1.vcf'), 'utf8')).toBe(content);
    }
    expect(filesIn(folder)).toEqual(['media/contacts/1.vcf']);
  });

  it('get their bytes back from another file that still has them', async () => {
    const { files, folder } = await preparedFiles();
    const { path, ...content } = await files.write('hello', targetOf(1));
    const existing = { absolutePath: join(folder, path), ...content };
    const lost = 'media/documents/lost.bin';
    expect(await files.restore(existing, lost, neverAborted)).toBe(true);
    rmSync(join(folder, lost)); // The same file by another name.
    writeFileSync(join(folder, lost), 'cut');
    expect(await files.restore(existing, lost, neverAborted)).toBe(true);
    expect(await files.restore(existing, lost, neverAborted)).toBe(true);
    expect(readFileSync(join(folder, lost), 'utf8')).toBe('hello');
    expect(filesIn(folder)).toEqual([lost, path]);
    expect(await files.restore(existing, path, neverAborted)).toBe(false); // It cannot come from itself.
    const stopped = AbortSignal.abort(new Error('Stop.'));
    await expect((await laterRun(folder)).restore(existing, lost, stopped)).rejects.toThrow('Stop.');
    writeFileSync(join(folder, path), 'jello!');
    rmSync(join(folder, lost));
    expect(await files.restore(existing, lost, neverAborted)).toBe(false);
    expect(existsSync(join(folder, lost))).toBe(false);
  });

  it('get a second name, in a run that has nothing on its way any more as well', async () => {
    const { files, folder } = await preparedFiles();
    const { path } = await files.write('hello', targetOf(1));
    await files.finish();
    expect(existsSync(join(folder, '.partial'))).toBe(false);
    await files.linkAs(path, 'media/small/a.jpg');
    await files.linkAs(path, 'media/small/a.jpg');
    expect(filesIn(folder)).toEqual([path, 'media/small/a.jpg']);
    expect(readFileSync(join(folder, 'media/small/a.jpg'), 'utf8')).toBe('hello');
    await expect(files.linkAs('media/none.jpg', 'media/small/b.jpg')).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
    expect(filesIn(folder)).toEqual([path, 'media/small/a.jpg']);
  });

  it('leave nothing on the way when a link cannot be placed', async () => {
    const { files, folder } = await preparedFiles();
    const { path, ...content } = await files.write('hello', targetOf(1));
    mkdirSync(join(folder, 'media/photos/2026-05-01_2_photo.jpg'));
    const existing = { absolutePath: join(folder, path), ...content };
    await expect(files.link(existing, targetOf(2), neverAborted)).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
    expect(filesIn(folder)).toEqual([path]);
  });
});
