import { link, mkdir, readdir, readFile, stat, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';

import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { findMediaFiles } from '../../src/app/media-files-found.js';
import { replaceOriginal } from '../../src/app/replace-original.js';
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
        problems: [{ work: 'replace', reason: expect.stringContaining('noisy.avif is there already') as string }],
        derivatives: [{ kind: 'thumbnail' }, { kind: 'transcode' }],
      });
      expect(await readFile(stage.path('taken/noisy.avif'), 'utf8')).toBe('mine');
      expect((await readdir(stage.path('taken'))).sort()).toEqual(['noisy.avif', 'noisy.png']);
    });

    it('leaves an original whose copy is not the same medium', async () => {
      const path = await stage.put('doubt/noisy.png', await noisy());
      const original = { path, ...(await stage.describe(path)) };
      const copyPath = await stage.put('doubt/copy.avif', 'no picture');
      const copy = { kind: 'transcode', path: copyPath, sizeBytes: 10, mimeType: 'image/avif' } as const;
      const replacing = replaceOriginal({ original, copy, describe: (aside) => stage.describe(aside) });
      await expect(replacing).rejects.toMatchObject({ code: 'CONTENT_MISMATCH' });
      expect((await readdir(stage.path('doubt'))).sort()).toEqual(['copy.avif', 'noisy.png']);
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
    return found.map((path) => path.slice(stage.path('tree').length + 1).replaceAll('\\', '/'));
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
