import { execFileSync } from 'node:child_process';
import { chmod, copyFile, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type ProcessedMedia, processMedia, type ProcessMediaOptions } from '../../src/index.js';
import { readStreams } from '../../src/media/film/copy/stream-reading.js';
import { SeededRandom } from '../../src/simulator/world/seeded-random.js';
import { type ProgramEnd, runChatferry, startChatferry } from '../cli/run-chatferry.js';
import { Stage } from '../media/stage.js';

const REPLACE = { transcode: 'balanced', replaceOriginals: true } as const;
const NOISE = ['-f', 'lavfi', '-i', 'testsrc2=s=640x360:d=3:r=25,noise=alls=30:allf=t'];
const SOUND = ['-f', 'lavfi', '-i', 'sine=d=3'];
const LARGE = ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '10', '-pix_fmt', 'yuv420p', '-c:a', 'aac'];
const signal = new AbortController().signal;
const isWindows = process.platform === 'win32';

let stage: Stage;
let film: string;
let noisy: Buffer;

beforeAll(async () => {
  stage = await Stage.open();
  film = await stage.make('film.mp4', ...NOISE, ...SOUND, ...LARGE);
  const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
  noisy = await sharp({ create: { width: 300, height: 200, channels: 3, background: 'grey', noise } })
    .png()
    .toBuffer();
}, 60_000);
afterAll(() => stage[Symbol.asyncDispose]());

async function replace(files: readonly string[], options: ProcessMediaOptions): Promise<ProcessedMedia[]> {
  const results: ProcessedMedia[] = [];
  for await (const result of processMedia(files, { ...REPLACE, ...options })) results.push(result);
  return results;
}

/** Puts a film alone into a folder. */
async function folderWith(name: string, file = film): Promise<string> {
  const folder = stage.path(name);
  await mkdir(folder, { recursive: true });
  const path = join(folder, basename(file));
  await copyFile(file, path);
  return path;
}

async function kindsIn(path: string): Promise<readonly string[]> {
  const { streams, complaint } = await readStreams(stage.ffmpeg, path, { signal, decodes: true });
  expect(complaint).toBeUndefined();
  return streams.map(({ kind }) => kind);
}

/** Not by the test's own comparison: that would print all of them. */
async function sameBytes(one: string, other: string): Promise<boolean> {
  return (await readFile(one)).equals(await readFile(other));
}

const visible = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true })).filter((name) => !name.startsWith('.chatferry')).sort();

describe('originals that give way', () => {
  it('stay films with pictures and sound, whichever of them comes first', async () => {
    const first = await stage.make('sound-first.mp4', ...SOUND, ...NOISE, '-map', '0', '-map', '1', ...LARGE);
    const path = await folderWith('odd', first);
    const { size } = await stat(path);
    const [result] = await replace([path], { out: join(stage.root, 'odd-out') });
    expect(result).toMatchObject({ problems: [], replacedBy: { path } });
    expect((await stat(path)).size).toBeLessThan(size);
    expect(await kindsIn(path)).toEqual(['video', 'audio']);
  });

  it('keep all their tracks of sound and their plain subtitles', async () => {
    const words = await stage.put('words.srt', '1\n00:00:00,500 --> 00:00:02,000\nHello\n');
    const inputs = [...NOISE, ...SOUND, ...SOUND, '-i', words];
    const maps = ['0', '1', '2', '3'].flatMap((input) => ['-map', input]);
    const tongues = ['-metadata:s:a:0', 'language=eng', '-metadata:s:a:1', 'language=deu', '-c:s', 'srt'];
    const path = await folderWith('rich', await stage.make('rich.mkv', ...inputs, ...maps, ...LARGE, ...tongues));
    const [result] = await replace([path], { out: join(stage.root, 'rich-out') });
    expect(result).toMatchObject({ problems: [], replacedBy: { path: path.replace(/mkv$/, 'mp4') } });
    expect(await kindsIn(path.replace(/mkv$/, 'mp4'))).toEqual(['video', 'audio', 'audio']);
  });

  it('stay where they hold what the copy has not, and say so', async () => {
    const path = await folderWith(
      'two',
      await stage.make('two.mkv', ...NOISE, ...SOUND, '-map', '0', '-map', '0', '-map', '1', ...LARGE),
    );
    const before = await stat(path, { bigint: true });
    const out = join(stage.root, 'two-out');
    const [result] = await replace([path], { out });
    expect(result).toMatchObject({
      derivatives: [{ kind: 'poster' }, { kind: 'thumbnail' }],
      problems: [{ work: 'replace', reason: 'The original stays: the original has 2 picture tracks, the copy 1.' }],
    });
    expect(await stat(path, { bigint: true })).toMatchObject({ ino: before.ino, mtimeNs: before.mtimeNs });
    expect(await visible(out)).toEqual(['two.poster.webp', 'two.thumb.webp']);
  });

  it('stay where a picture has more than its first frame', async () => {
    const moving = await stage.make('moving.png', ...NOISE, '-t', '0.4', '-plays', '0', '-f', 'apng');
    const path = await folderWith('moving', moving);
    await replace([path], { out: join(stage.root, 'moving-out') });
    expect(await sameBytes(path, moving)).toBe(true);
    expect(await visible(stage.path('moving'))).toEqual(['moving.png']);
  });

  it.skipIf(isWindows)('stay where the path is only a link to them', async () => {
    const path = await folderWith('linked');
    await symlink(path, stage.path('link.mp4'));
    const [result] = await replace([stage.path('link.mp4')], { out: join(stage.root, 'link-out') });
    expect(result).toMatchObject({ problems: [{ work: 'replace', reason: /it is a link/ }] });
    expect(await sameBytes(path, film)).toBe(true);
  });

  it.skipIf(isWindows).each([
    ['breaks off', 'head -c 60000 "$last" > "$last.cut"; mv "$last.cut" "$last"'],
    ['has lost its end, with a head that says nothing of it', 'truncate -s -3000 "$last"'],
    ['is empty', ': > "$last"'],
  ])('stay when ffmpeg ends well and its copy %s', async (what, ruin) => {
    const program = await stage.put(
      `ffmpeg-${what.slice(0, 6).trim().replace(' ', '-')}`,
      `#!/bin/sh\n"${stage.ffmpeg.ffmpeg}" "$@" || exit\nfor last; do :; done\ncase "$last" in *.small.mp4) last="\${last#file:}"; ${ruin};; esac\nexit 0\n`,
    );
    await chmod(program, 0o755);
    const path = await folderWith(`ruined ${what}`);
    const out = join(stage.root, `ruined-out ${what}`);
    const [result] = await replace([path], { out, ffmpegPath: program, ffprobePath: stage.ffmpeg.ffprobe });
    expect(result).toMatchObject({
      state: 'done',
      problems: [{ work: expect.stringMatching(/transcode|replace/) as string }],
    });
    expect(await sameBytes(path, film)).toBe(true);
    expect((await visible(out)).filter((name) => name.includes('small'))).toEqual([]);
  });

  it('stay when they change while their copy is made', async () => {
    const path = await folderWith('changed');
    const out = join(stage.root, 'changed-out');
    for await (const result of processMedia([path], { transcode: 'balanced', out })) expect(result.state).toBe('done');
    const longer = await stage.make('longer.mp4', ...NOISE, ...SOUND, ...LARGE, '-t', '2');
    await copyFile(longer, path);
    // The copy of the earlier bytes is there under the name that the copy of these would have.
    const [result] = await replace([path], { out });
    expect(result).toMatchObject({ problems: [] });
    const { streams } = await readStreams(stage.ffmpeg, path, { signal, decodes: true });
    expect(streams[0]?.count).toBe(50);
  });

  it('are not made smaller a second time, and nothing is made again', async () => {
    const path = await folderWith('twice');
    const out = join(stage.root, 'twice-out');
    await replace([path], { out });
    const before = await stat(path, { bigint: true });
    const [again] = await replace([path], { out });
    expect(again).toMatchObject({ wasMade: true, problems: [], content: { kind: 'video' } });
    const after = await stat(path, { bigint: true });
    expect([after.ino, after.mtimeNs]).toEqual([before.ino, before.mtimeNs]);
  });

  it('give way to copies that an earlier run kept, without making them again', async () => {
    const path = await folderWith('late');
    const out = join(stage.root, 'late-out');
    for await (const result of processMedia([path], { transcode: 'balanced', out })) expect(result.state).toBe('done');
    const { size } = await stat(join(out, 'film.small.mp4'));
    const [result] = await replace([path], { out });
    expect(result).toMatchObject({ wasMade: true, replacedBy: { path } });
    expect((await stat(path)).size).toBe(size);
    expect(await visible(out)).toEqual(['film.poster.webp', 'film.thumb.webp']);
  });
});

describe('two runs at once', () => {
  const runOn = (folder: string, out: string): Promise<ProgramEnd> =>
    runChatferry(['process', folder, '--out', out, '--transcode', 'balanced', '--replace-originals', '--json'], {
      cwd: stage.root,
    });

  it('do not have one output folder: the second is told who has it', async () => {
    const path = await folderWith('shared');
    const out = join(stage.root, 'shared-out');
    const ends = await Promise.all([runOn(stage.path('shared'), out), runOn(stage.path('shared'), out)]);
    const refusedEnd = ends.find(({ code }) => code !== 0);
    // They may have been one after the other on a slow machine; both are then right.
    if (refusedEnd !== undefined) {
      expect(refusedEnd.code).toBe(2);
      expect(refusedEnd.stderr).toMatch(/The output folder .*shared-out is in use by process \d+/);
    }
    expect(await kindsIn(path)).toEqual(['video', 'audio']);
    expect((await stat(path)).size).toBeLessThan((await stat(film)).size);
  });

  it('never ruin an original that both would replace', async () => {
    const path = await folderWith('raced');
    const outs = ['raced-out-1', 'raced-out-2'].map((name) => join(stage.root, name));
    await Promise.all(outs.map((out) => runOn(stage.path('raced'), out)));
    expect(await visible(stage.path('raced'))).toEqual(['film.mp4']);
    expect(await kindsIn(path)).toEqual(['video', 'audio']);
    expect((await stat(path)).size).toBeLessThan((await stat(film)).size);
  });
});

describe.skipIf(process.platform !== 'linux' || process.getuid?.() !== 0)('a full disk', () => {
  it('leaves the original, says that the disk is full, and is made good when there is room', async () => {
    const disk = join(stage.root, 'disk');
    await mkdir(disk);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
    } catch {
      return; // A container without the right to mount.
    }
    try {
      const path = await folderWith('full');
      const filler = join(disk, 'filler');
      await writeFile(filler, Buffer.alloc(880_000));
      const [result] = await replace([path], { out: join(disk, 'out') });
      expect(JSON.stringify(result)).toMatch(/disk is full/);
      expect(JSON.stringify(result)).not.toMatch(/-protocol_whitelist|Command failed/);
      expect(await sameBytes(path, film)).toBe(true);
      await rm(filler);
      execFileSync('mount', ['-o', 'remount,size=64m', disk]);
      expect(await replace([path], { out: join(disk, 'out') })).toMatchObject([{ problems: [], replacedBy: { path } }]);
      expect(await kindsIn(path)).toEqual(['video', 'audio']);
      expect(await visible(stage.path('full'))).toEqual(['film.mp4']);
    } finally {
      execFileSync('umount', ['-l', disk]);
    }
  });
});

describe('a run that is killed at any moment', () => {
  const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const PRELOAD = new URL('../e2e/kills/kill-at-call.mjs', import.meta.url).href;

  async function runIn(folder: string, env: Readonly<Record<string, string>>): Promise<number | null> {
    const args = ['process', folder, '--out', `${folder}-out`, '--preset', 'small', '--replace-originals', '--json'];
    const child = startChatferry(args, {
      cwd: stage.root,
      env: { NODE_OPTIONS: `--import=${LOADER} --import=${PRELOAD}`, ...env },
    });
    child.stdin.end();
    child.stdout.resume();
    child.stderr.resume();
    return new Promise((resolve) => child.once('close', resolve));
  }

  it('has an original or its copy, never neither, and the next run has the copy alone', async () => {
    const countFile = join(stage.root, 'calls');
    const folderOf = async (name: string): Promise<string> => {
      await stage.put(`${name}/noisy.png`, noisy);
      return stage.path(name);
    };
    expect(await runIn(await folderOf('unkilled'), { CALL_COUNT_FILE: countFile })).toBe(0);
    const whole = await visible(stage.path('unkilled-out'));
    expect(await visible(stage.path('unkilled'))).toEqual(['noisy.avif']);
    const moments = 2 * Number(await readFile(countFile, 'utf8'));
    expect(moments).toBeGreaterThan(20);
    const random = new SeededRandom(7);
    for (let kill = 1; kill <= 10; kill += 1) {
      const folder = await folderOf(`killed-${kill}`);
      const moment = random.int(1, moments);
      await runIn(folder, { KILL_AT_CALL: String(moment) });
      const names = await visible(folder);
      for (const name of names.filter((one) => !one.startsWith('.'))) await sharp(join(folder, name)).stats();
      expect(
        names.some((name) => /^noisy\.(?:png|avif)$/.test(name)),
        `moment ${moment}: ${names.join()}`,
      ).toBe(true);
      expect(await runIn(folder, {}), `moment ${moment}`).toBe(0);
      expect(await visible(folder), `moment ${moment}`).toEqual(['noisy.avif']);
      expect(await visible(`${folder}-out`), `moment ${moment}`).toEqual(whole);
    }
  }, 300_000);
});
