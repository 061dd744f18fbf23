import { link, mkdir, readdir, readFile, rm, stat, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';

import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { findMediaFiles } from '../../src/app/process/media-files-found.js';
import { type ProcessedMedia, processMedia } from '../../src/index.js';
import { FILM_SOURCE, Stage } from '../media/stage.js';

let stage: Stage;
let film: string;

beforeAll(async () => {
  stage = await Stage.open();
  film = await stage.make('film.mp4', ...FILM_SOURCE, '-pix_fmt', 'yuv420p');
});

afterAll(() => stage[Symbol.asyncDispose]());

function photo(width = 40): Promise<Buffer> {
  return sharp({ create: { width, height: 30, channels: 3, background: 'teal' } })
    .png()
    .toBuffer();
}

async function collect(results: AsyncIterable<ProcessedMedia>): Promise<ProcessedMedia[]> {
  const collected: ProcessedMedia[] = [];
  for await (const result of results) collected.push(result);
  return collected;
}

describe('processMedia', () => {
  it('answers for every file in order, and a bad one does not stop the others', async () => {
    const good = await stage.put('good.png', await photo());
    const cut = await stage.put('cut.jpg', (await photo()).subarray(0, 60));
    const files = [film, stage.path('absent.jpg'), cut, good, await stage.put('text.txt', 'words')];
    const results = await collect(processMedia(files, { out: stage.out, workers: 2 }));
    expect(results.map(({ path }) => path)).toEqual(files);
    expect(results).toMatchObject([
      { state: 'done', content: { kind: 'video' }, derivatives: [{ kind: 'poster' }, { kind: 'thumbnail' }] },
      { state: 'failed', code: 'FILE_SYSTEM', reason: expect.stringContaining('absent.jpg') as string },
      { state: 'done', content: { mimeType: 'image/png' }, rightExtension: 'png', derivatives: [] },
      { state: 'done', facts: { width: 40, height: 30 }, derivatives: [{ kind: 'thumbnail' }], problems: [] },
      { state: 'done', content: { mimeType: 'text/plain' }, derivatives: [], problems: [] },
    ]);
    expect(results[2]).toMatchObject({ problems: [{ work: expect.any(String) as string }] });
  });

  it('makes nothing where no folder is named', async () => {
    const before = await readdir(stage.out);
    const [result] = await collect(processMedia([film]));
    expect(result).toMatchObject({ derivatives: [], problems: [], facts: { width: 320 } });
    expect(await readdir(stage.out)).toEqual(before);
  });

  describe('with originals to be replaced', () => {
    const shrink = { transcode: 'small', replaceOriginals: true } as const;
    const noisy = (): Promise<Buffer> =>
      sharp({
        create: {
          width: 300,
          height: 200,
          channels: 3,
          background: 'grey',
          noise: { type: 'gaussian', mean: 128, sigma: 40 },
        },
      })
        .png()
        .toBuffer();

    it('has the smaller copy in the place of each, with its time, and keeps what would not be smaller', async () => {
      const files = [
        await stage.put('replaced/noisy.png', await noisy()),
        await stage.put('replaced/flat.png', await photo()),
        await stage.put('replaced/words.txt', 'words'),
      ];
      const [first = ''] = files;
      await utimes(first, 1_000_000_000, 1_000_000_000);
      await link(first, `${first}.linked`);
      const results = await collect(processMedia(files, { out: join(stage.root, 'small'), ...shrink }));

      const path = first.replace(/png$/, 'avif');
      const { size, mtimeMs } = await stat(path);
      expect(results).toMatchObject([{ problems: [], replacedBy: { path, sizeBytes: size } }, {}, {}]);
      expect(results.map((result) => 'replacedBy' in result)).toEqual([true, false, false]);
      expect(mtimeMs).toBe(1_000_000_000_000);
      expect((await sharp(path).metadata()).width).toBe(300);
      expect((await readdir(join(first, '..'))).sort()).toEqual([
        'flat.png',
        'noisy.avif',
        'noisy.png.linked',
        'words.txt',
      ]);
      expect((await sharp(`${first}.linked`).metadata()).format).toBe('png');
      expect((await readdir(join(stage.root, 'small'))).filter((name) => name.includes('.small.'))).toEqual([]);
    });

    it('leaves both where another file has the name, and says so', async () => {
      const file = await stage.put('taken/noisy.png', await noisy());
      await stage.put('taken/noisy.avif', 'mine');
      const [result] = await collect(processMedia([file], { out: join(stage.root, 'small'), ...shrink }));
      expect(result).toMatchObject({
        problems: [{ work: 'replace', reason: expect.stringContaining('noisy.avif already exists') as string }],
        derivatives: [{ kind: 'thumbnail' }, { kind: 'transcode' }],
      });
      expect(await readFile(stage.path('taken/noisy.avif'), 'utf8')).toBe('mine');
      expect((await readdir(stage.path('taken'))).sort()).toEqual(['noisy.avif', 'noisy.png']);
    });
  });

  it('yields unordered results as they come', async () => {
    const long = await stage.make('long.mkv', '-f', 'lavfi', '-i', 'testsrc=d=20:s=640x480:r=25', '-c:v', 'mpeg4');
    const files = [long, await stage.put('1.png', await photo()), await stage.put('2.png', await photo())];
    const options = { out: stage.out, workers: 2, unordered: true, storyboard: true, transcode: 'balanced' } as const;
    const results = await collect(processMedia(files, options));
    expect(results.at(-1)?.path).toBe(long);
    expect(results).toHaveLength(3);
  });

  it('keeps apart what is made of files that are called alike', async () => {
    const files = [await stage.put('a/photo.png', await photo(20)), await stage.put('b/photo.png', await photo(30))];
    const results = await collect(processMedia(files, { out: stage.out }));
    const made = results.flatMap((result) => (result.state === 'done' ? result.derivatives : []));
    expect(made.map(({ width }) => width)).toEqual([20, 30]);
    expect(new Set(made.map(({ path }) => path)).size).toBe(2);
  });

  it('mirrors folders and names, and marks only what would have the name of another', async () => {
    const out = join(stage.root, 'mirrored');
    await stage.put('mirrored-in/own.thumb.webp', 'of somebody');
    const files = [
      { path: await stage.put('m/a b.png', await photo(20)), name: 'one/a b.png' },
      { path: await stage.put('m/a b.jpg', await photo(21)), name: 'one/a b.jpg' },
      { path: await stage.put('n/A B.png', await photo(22)), name: 'one/A B.png' },
      { path: await stage.put('n/c.png', await photo(23)), name: '../../two/c.png' },
      { path: await stage.put('n/d.png', await photo(24)), name: 'd.png' },
    ];
    await mkdir(join(out, 'one'), { recursive: true });
    await stage.put('../mirrored/d.thumb.webp', 'of somebody');
    const made = (results: readonly ProcessedMedia[]): string[] =>
      results.flatMap((result) => (result.state === 'done' ? result.derivatives.map(({ path }) => path) : []));
    const first = made(await collect(processMedia(files, { out })));
    const names = first.map((path) => path.slice(out.length + 1).replaceAll('\\', '/'));
    expect(names[0]).toBe('one/a b.thumb.webp');
    expect(names[1]).toMatch(/^one\/a b-[0-9a-f]{8}\.thumb\.webp$/);
    expect(names[2]).toMatch(/^one\/A B-[0-9a-f]{8}\.thumb\.webp$/);
    expect(names[3]).toBe('two/c.thumb.webp');
    expect(names[4]).toMatch(/^d-[0-9a-f]{8}\.thumb\.webp$/);
    expect(await readFile(join(out, 'd.thumb.webp'), 'utf8')).toBe('of somebody');
    // In another order, and with less: the same names.
    expect(made(await collect(processMedia(files.slice(1).reverse(), { out })))).toEqual(first.slice(1).reverse());
  });

  it('makes nothing again of the same bytes by the same recipe, and all that is not there any more', async () => {
    const out = join(stage.root, 'again');
    const files = await Promise.all([1, 2, 3].map(async (n) => stage.put(`again-${n}.png`, await photo(n * 10))));
    const marks = async (): Promise<readonly string[]> => {
      const names = [1, 2, 3].map((n) => join(out, `again-${n}.thumb.webp`));
      const found = await Promise.all(names.map((name) => stat(name, { bigint: true })));
      return found.map(({ ino, mtimeNs }) => `${ino}:${mtimeNs}`);
    };
    const wasMade = (results: readonly ProcessedMedia[]): boolean[] => results.map((result) => 'wasMade' in result);
    const first = await collect(processMedia(files, { out }));
    const before = await marks();
    await utimes(files[0] ?? '', 1_000_000_000, 1_000_000_000);
    const second = await collect(processMedia(files, { out }));
    expect(wasMade(second)).toEqual([true, true, true]);
    expect(await marks()).toEqual(before);
    const told = (results: readonly ProcessedMedia[]): unknown[] =>
      results.map((result) => ({ ...result, wallMs: 0, wasMade: true }));
    expect(told(second)).toEqual(told(first));

    await stage.put('again-1.png', await photo(50));
    await rm(join(out, 'again-2.thumb.webp'));
    expect(wasMade(await collect(processMedia(files, { out })))).toEqual([false, false, true]);
    expect((await sharp(join(out, 'again-1.thumb.webp')).metadata()).width).toBe(50);
    expect(wasMade(await collect(processMedia(files, { out, stripMetadata: true })))).toEqual([false, false, false]);
  });

  it('tries again what could not be made', async () => {
    const out = join(stage.root, 'tried');
    const cut = await stage.put('tried.jpg', (await photo()).subarray(0, 60));
    const results = [
      ...(await collect(processMedia([cut], { out }))),
      ...(await collect(processMedia([cut], { out }))),
    ];
    expect(results.map((result) => 'wasMade' in result)).toEqual([false, false]);
  });

  it('leaves no half of what it made when it is left', async () => {
    const files = await Promise.all([1, 2, 3, 4].map(async (n) => stage.put(`left-${n}.png`, await photo(n * 100))));
    for await (const { state } of processMedia(files, { out: stage.out, workers: 1 })) {
      expect(state).toBe('done');
      break;
    }
    for (const name of (await readdir(stage.out)).filter((file) => file.startsWith('left-'))) {
      await sharp(join(stage.out, name)).stats();
    }
  });

  it('ends with the reason of its signal', async () => {
    const controller = new AbortController();
    const results = processMedia([film, film], { signal: controller.signal, workers: 1 });
    await results.next();
    controller.abort(new Error('enough'));
    await expect(results.next()).rejects.toThrow('enough');
  });

  it('refuses what it cannot do, by value', async () => {
    await expect(collect(processMedia([], { workers: 0 }))).rejects.toMatchObject({ code: 'USAGE', message: /got 0/ });
    await expect(collect(processMedia([], { workers: 1.5 }))).rejects.toThrow('got 1.5');
    await expect(collect(processMedia([], { out: join(film, 'no') }))).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
    const ffmpegPath = stage.path('absent');
    await expect(collect(processMedia([], { ffmpegPath }))).rejects.toMatchObject({ code: 'MISSING_PROGRAM' });
  });
});

describe('looking for files', () => {
  const names = async (...asked: string[]): Promise<string[]> => {
    const found = await findMediaFiles(asked, { cwd: stage.path('tree'), outputFolder: stage.path('tree/out') });
    return found.files.map(({ path }) => path.slice(stage.path('tree').length + 1).replaceAll('\\', '/'));
  };

  beforeAll(async () => {
    for (const name of ['b.jpg', 'a.jpg', 'sub/c.jpg', 'sub/d.txt', '[x].jpg', '.hidden/e.jpg', 'out/made.jpg']) {
      await stage.put(`tree/${name}`, name);
    }
    await mkdir(stage.path('tree/empty'));
    if (process.platform !== 'win32') await symlink('..', stage.path('tree/sub/loop'));
  });

  it('takes files, folders and patterns, each file once, in the order of the names', async () => {
    expect(await names('b.jpg', '.')).toEqual(['b.jpg', '[x].jpg', 'a.jpg', 'sub/c.jpg', 'sub/d.txt']);
    expect(await names('sub', '*.jpg')).toEqual(['sub/c.jpg', 'sub/d.txt', '[x].jpg', 'a.jpg', 'b.jpg']);
    expect(await names('**/*.jpg')).toEqual(['[x].jpg', 'a.jpg', 'b.jpg', 'sub/c.jpg']);
  });

  it('takes a file whose name looks like a pattern for that file', async () => {
    expect(await names('[x].jpg')).toEqual(['[x].jpg']);
  });

  it('takes what was made from the others only when it is named', async () => {
    expect(await names('out')).toEqual(['out/made.jpg']);
    expect(await names('out/made.jpg')).toEqual(['out/made.jpg']);
  });

  it('takes what process made for no source, whichever run made it where', async () => {
    const folder = stage.path('tree2');
    const photos = [
      await stage.put('tree2/a.png', await photo(30)),
      await stage.put('tree2/sub/b.png', await photo(40)),
    ];
    const named = photos.map((path) => ({ path, name: path.slice(folder.length + 1) }));
    for (const out of [folder, join(folder, 'thumbs')]) await collect(processMedia(named, { out }));
    await stage.put('tree2/thumbs/mine.png', await photo(50));
    const found = async (outputFolder?: string, ...asked: string[]): Promise<unknown> => {
      const { files, ownCount } = await findMediaFiles(asked, { cwd: folder, outputFolder });
      return [files.map(({ name }) => name.replaceAll('\\', '/')), ownCount];
    };
    expect(await found(join(folder, 'third'), '.')).toEqual([['a.png', 'sub/b.png', 'thumbs/mine.png'], 4]);
    expect(await found(folder, '**/*.webp', 'a.png').catch((error: unknown) => error)).toMatchObject({ code: 'USAGE' });
    expect(await found(folder, '**/*.{webp,png}')).toEqual([['a.png', 'sub/b.png', 'thumbs/mine.png'], 4]);
    // Named itself it is described, as long as nothing is made of it.
    expect(await found(undefined, 'a.thumb.webp')).toEqual([['a.thumb.webp'], 0]);
    await expect(found(join(folder, 'third'), 'a.thumb.webp')).rejects.toMatchObject({
      message: /names nothing but what chatferry made/,
    });
  });

  it.skipIf(process.platform === 'win32')(
    'takes links to files, and says which links and folders it left out',
    async () => {
      await stage.put('links/in/a.jpg', 'a');
      await mkdir(stage.path('links/of'));
      await symlink('../in/a.jpg', stage.path('links/of/b.jpg'));
      await symlink('../in', stage.path('links/of/folder'));
      await symlink('absent', stage.path('links/of/nowhere.jpg'));
      const found = await findMediaFiles(['of'], { cwd: stage.path('links') });
      expect(found.files.map(({ name }) => name)).toEqual(['b.jpg', 'nowhere.jpg']);
      expect(found.folderLinks).toEqual([stage.path('links/of/folder')]);
      expect((await findMediaFiles(['of/folder'], { cwd: stage.path('links') })).files).toMatchObject([
        { name: 'a.jpg' },
      ]);
    },
  );

  it.each(['absent.jpg', 'empty', '*.png'])('refuses a name that nothing answers to: %s', async (name) => {
    await expect(names('a.jpg', name)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(name) as string,
    });
  });

  it.skipIf(process.platform === 'win32')('refuses what has no end', async () => {
    await expect(names('/dev/zero')).rejects.toMatchObject({ code: 'USAGE', message: /neither a file nor a folder/ });
    expect((await readFile(stage.path('tree/a.jpg'), 'utf8')).length).toBe(5);
  });
});
