import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rmdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';

import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { FILM_SOURCE, Stage } from '../../media/stage.js';
import { isRootOfLinux, type ProgramEnd, runChatferry, WITHOUT_FFMPEG } from '../run-chatferry.js';

let stage: Stage;
let cwd: string;

beforeAll(async () => {
  stage = await Stage.open();
  cwd = stage.path('');
  const photo = sharp({ create: { width: 500, height: 300, channels: 3, background: 'teal' } });
  await stage.put('media/a.jpg', await photo.jpeg().toBuffer());
  await stage.put('media/b.jpg', await photo.png().toBuffer());
  await stage.put('media/deep/c.webp', await photo.webp().toBuffer());
  await stage.make('film.mp4', ...FILM_SOURCE, '-pix_fmt', 'yuv420p');
  const noisy = sharp({
    create: {
      width: 400,
      height: 300,
      channels: 3,
      background: 'grey',
      noise: { type: 'gaussian', mean: 128, sigma: 30 },
    },
  });
  await stage.put('noisy.png', await noisy.png().toBuffer());
  await stage.put('cut.jpg', (await photo.jpeg().toBuffer()).subarray(0, 400));
});

afterAll(() => stage[Symbol.asyncDispose]());

const run = (...args: string[]): Promise<ProgramEnd> => runChatferry(['process', ...args], { cwd });

interface Line {
  readonly type: string;
  readonly path: string;
  readonly state: string;
  readonly derivatives: readonly { readonly kind: string; readonly path: string }[];
}

const lines = ({ stdout }: ProgramEnd): Line[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

describe('chatferry process', () => {
  it('says on a line of each file what it is, in the order of the names, and makes nothing', async () => {
    const end = await run('film.mp4', 'media');
    expect(end.code).toBe(0);
    const [film, ...photos] = end.stdout.split('\n');
    expect(film).toMatch(/^film\.mp4: video\/mp4 · .* · 320 × 180 · .* · h264$/);
    expect(photos[0]).toMatch(/^media.a\.jpg: image\/jpeg · .* · 500 × 300$/);
    expect(photos[1]).toMatch(/^media.b\.jpg: image\/png, should be called \.png · /);
    expect(end.stdout).toMatch(/^4 files, 0 failed, 0 files made, .*files\/s\)$/m);
    expect((await readdir(cwd)).sort()).toEqual(['cut.jpg', 'film.mp4', 'media', 'noisy.png']);
  });

  it('prints with --json a document for each file, in order, and makes what is asked for', async () => {
    const end = await run('media/**/*.jpg', 'film.mp4', 'media', '--out', 'made', '--strip-metadata', '--json');
    expect(end.code).toBe(0);
    const results = lines(end);
    const paths = ['media/a.jpg', 'media/b.jpg', 'film.mp4', 'media/deep/c.webp'].map((name) => join(cwd, name));
    expect(results.map(({ path }) => path)).toEqual(paths);
    expect(results.every(({ type, state }) => type === 'processed' && state === 'done')).toBe(true);
    expect(results.map(({ derivatives }) => derivatives.map(({ kind }) => kind))).toEqual([
      ['thumbnail', 'stripped'],
      ['thumbnail', 'stripped'],
      ['poster', 'thumbnail', 'stripped'],
      ['thumbnail', 'stripped'],
    ]);
    expect((await readdir(join(cwd, 'made'))).sort()).toEqual([
      '.chatferry',
      'a.stripped.jpg',
      'a.thumb.webp',
      'b.stripped.png',
      'b.thumb.webp',
      'deep',
      'film.poster.webp',
      'film.stripped.mp4',
      'film.thumb.webp',
    ]);
  });

  it('ends with 4 and a list when something could not be made, after the others', async () => {
    const end = await run('cut.jpg', 'media/a.jpg', '--out', 'made', '--report', 'report.json', '--sequential');
    expect(end.code).toBe(4);
    expect(end.stdout).toMatch(/^incomplete: .*cut\.jpg: no thumbnail: The picture cannot be read/m);
    expect(end.stdout).toMatch(/2 files, 0 failed, 1 incomplete, 1 file made/);
    const report = JSON.parse(await readFile(join(cwd, 'report.json'), 'utf8')) as { readonly results: Line[] };
    expect(report.results.map(({ path }) => path)).toEqual([join(cwd, 'cut.jpg'), join(cwd, 'media/a.jpg')]);
  });

  it.skipIf(process.platform === 'win32')(
    'names where a link leads that leads nowhere, and does the others',
    async () => {
      await stage.put('links/a.jpg', await readFile(join(cwd, 'media/a.jpg')));
      await symlink('gone/b.jpg', join(cwd, 'links/b.jpg'));
      await symlink('c.jpg', join(cwd, 'links/c.jpg'));
      const end = await run('links');
      expect(end.code).toBe(4);
      expect(end.stdout).toMatch(
        /^links.b\.jpg: failed: .*b\.jpg is a link to "gone\/b\.jpg", which does not exist\./m,
      );
      expect(end.stdout).toMatch(/^links.c\.jpg: failed: .*c\.jpg is a link to "c\.jpg", which does not exist\./m);
      expect(end.stdout).toMatch(/^3 files, 2 failed, /m);
    },
  );
  it.skipIf(process.platform === 'win32')(
    'opens no pipe and no device, wherever it is named, and says which',
    async () => {
      await mkdir(join(cwd, 'odd'));
      await stage.put('odd/a.jpg', await readFile(join(cwd, 'media/a.jpg')));
      execFileSync('mkfifo', [join(cwd, 'odd/pipe.jpg')]);
      await symlink('/dev/zero', join(cwd, 'odd/zero.jpg'));
      for (const names of [['odd'], ['odd/*.jpg'], ['odd/a.jpg', 'odd']]) {
        const end = await run(...names);
        expect(end.code).toBe(0);
        expect(end.stdout).toMatch(/^1 file, 0 failed, /m);
        for (const name of ['odd/pipe.jpg', 'odd/zero.jpg'])
          expect(end.stderr).toContain(`Not opened: ${name} is a pipe`);
      }
      for (const name of ['odd/pipe.jpg', 'odd/zero.jpg', '/dev/zero']) {
        const end = await run(name);
        expect(end).toMatchObject({ code: 2, stdout: '' });
        expect(end.stderr).toContain(`${name} is neither a file nor a folder`);
      }
    },
  );

  it('gives results as they come with --unordered', async () => {
    const end = await run(
      'film.mp4',
      'media',
      '--out',
      'made',
      '--unordered',
      '--workers',
      '2',
      '--storyboard',
      '--json',
    );
    expect(end.code).toBe(0);
    expect(
      lines(end)
        .map(({ path }) => path)
        .sort(),
    ).toHaveLength(4);
  });

  it.each([
    [['--preset', 'balanced', 'process'], '.webp'],
    [['process', '--preset', 'small'], '.avif'],
  ])('makes smaller copies as %j says', async (args, ending) => {
    const end = await runChatferry([...args, 'noisy.png', '--out', 'smaller', '--json'], { cwd });
    expect(end.code).toBe(0);
    const copy = lines(end)[0]?.derivatives.find(({ kind }) => kind === 'transcode');
    expect(copy?.path).toMatch(new RegExp(`noisy\\.small\\${ending}$`));
    expect((await sharp(copy?.path).metadata()).width).toBe(400);
  });

  it('says on a machine without ffmpeg what it left out, and does the rest', async () => {
    const end = await runChatferry(['process', 'film.mp4', 'media/a.jpg', '--out', 'bare'], {
      cwd,
      env: WITHOUT_FFMPEG,
    });
    expect(end.code).toBe(4);
    expect(end.stdout).toMatch(/^film\.mp4: video\/mp4/m);
    expect(end.stdout).toMatch(
      /^incomplete: .*film\.mp4: no facts: There is no ffmpeg\. Install it, or set FFMPEG_PATH/m,
    );
    expect(end.stdout).toMatch(/2 files, 0 failed, 1 incomplete, 1 file made/);
  });

  // Whoever may read everything runs the program as somebody who may not.
  it.skipIf(process.platform === 'win32')('lists folders that it may not read, and ends with 4', async () => {
    await stage.put('shut/a.txt', 'words');
    await stage.put('shut/inside/b.txt', 'words');
    await chmod(join(cwd, 'shut/inside'), 0o000);
    try {
      const end = await runChatferry(['process', 'shut', '--json'], { cwd, shell: { boundToModes: isRootOfLinux } });
      expect(end.code).toBe(4);
      expect(lines(end)).toMatchObject([
        {
          type: 'unreadable-folder',
          path: expect.stringContaining('inside') as string,
          reason: expect.stringMatching(/permission denied/) as string,
        },
        { type: 'processed', path: join(cwd, 'shut/a.txt'), state: 'done' },
      ]);
    } finally {
      await chmod(join(cwd, 'shut/inside'), 0o755);
    }
  });

  it.skipIf(process.platform === 'win32')('tells a missing permission as it is', async () => {
    await stage.put('words.txt', 'words');
    await mkdir(join(cwd, 'sealed'), { mode: 0o500 });
    const args = ['process', 'words.txt', '--out', 'sealed/below', '--json'];
    const end = await runChatferry(args, { cwd, shell: { boundToModes: isRootOfLinux } });
    await rmdir(join(cwd, 'sealed')); // Nothing was made in it.
    expect(end.code).toBe(1);
    expect(end.stderr).toMatch(/sealed.below.*(?:EACCES|permission denied)/);
  });

  it.each([
    [['absent.jpg'], '"absent.jpg" names no file'],
    [['film.mp4', '--sequential', '--parallel'], '--sequential contradicts --parallel'],
    [['film.mp4', '--sequential', '--workers', '3'], '--sequential contradicts --workers 3'],
    [['film.mp4', '--storyboard'], '--out <folder>'],
    [['film.mp4', '--transcode', 'balanced'], '--out <folder>'],
    [['film.mp4', '--strip-metadata'], '--out <folder>'],
    [['film.mp4', '--transcode', 'tiny', '--out', 'made'], 'tiny'],
    [['film.mp4', '--replace-originals', '--out', 'made'], '--replace-originals needs smaller copies'],
    [[], 'files'],
  ])('refuses %j with 2', async (args, message) => {
    const end = await run(...args);
    expect(end.code).toBe(2);
    expect(end.stderr).toContain(message);
    expect(end.stdout).toBe('');
  });
});
