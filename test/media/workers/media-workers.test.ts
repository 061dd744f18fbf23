import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import sharp, { type SharpOptions } from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import type { FfmpegBinaries } from '../../../src/media/ffmpeg/ffmpeg-binaries.js';
import { MediaWorkers } from '../../../src/media/workers/media-workers.js';
import { ProcessTree } from '../../../src/memory/process-tree.js';
import { FILM_SOURCE, Stage } from '../stage.js';

const never = new AbortController().signal;
const isWindows = process.platform === 'win32';

let stage: Stage;
let photo: string;
let film: string;

beforeAll(async () => {
  stage = await Stage.open();
  photo = await stage.put('photo.png', await sharp(solid(64, 48)).png().toBuffer());
  film = await stage.make('film.mp4', ...FILM_SOURCE, '-pix_fmt', 'yuv420p');
});

afterAll(() => stage[Symbol.asyncDispose]());

function solid(width: number, height: number): SharpOptions {
  return { create: { width, height, channels: 3, background: 'teal' } };
}

/** An ffmpeg that writes down its process id and then does what the line says, instead of its work. */
async function ffmpegThat(does: string): Promise<{ binaries: FfmpegBinaries; started: () => Promise<number[]> }> {
  const log = stage.path(`pids-${does.replaceAll(/\W+/g, '')}`);
  const program = await stage.put(`ffmpeg-${does.replaceAll(/\W+/g, '')}`, `#!/bin/sh\necho $$ >> "${log}"\n${does}\n`);
  await chmod(program, 0o755);
  await writeFile(log, '');
  const started = async (): Promise<number[]> => (await readFile(log, 'utf8')).split('\n').filter(Boolean).map(Number);
  return { binaries: { ...stage.ffmpeg, ffmpeg: program }, started };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const gone = (pids: readonly number[]): Promise<void> =>
  vi.waitFor(() => {
    expect(pids.filter(isRunning)).toEqual([]);
  }, 20_000); // Whoever inherits an orphan takes its time to bury it.

/** The loader of TypeScript has a folder there, too. */
async function workFolders(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => name.startsWith('chatferry-'));
}

/** A place for temporary files that nobody else uses, for this process until the test ends. */
async function ownTemporaryFolder(name: string): Promise<string> {
  const folder = join(stage.root, name);
  await mkdir(folder);
  for (const variable of ['TMPDIR', 'TEMP', 'TMP']) vi.stubEnv(variable, folder);
  return folder;
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('MediaWorkers', () => {
  it('describes files in other processes, no more at once than it may', async () => {
    const tree = new ProcessTree();
    await using workers = new MediaWorkers({ count: 2, ffmpeg: stage.ffmpeg, tree });
    const jobs = [photo, film, photo, photo, film];
    let mostHeld = 0;
    const results = await Promise.all(
      jobs.map((path, index) =>
        workers.run(stage.job(path, { name: `job-${index}` }), never, () => {
          mostHeld = Math.max(mostHeld, workers.heldCount);
        }),
      ),
    );
    expect(results.map(({ facts }) => facts.width)).toEqual([64, 320, 64, 64, 320]);
    expect(results.flatMap(({ problems }) => problems)).toEqual([]);
    expect(mostHeld).toBe(2);
    expect(workers.pids).toHaveLength(2);
    expect(workers.pids).not.toContain(process.pid);
    // Programs that have ended are forgotten: only the workers are still counted.
    expect(tree.childCount).toBe(2);
  });

  it('leaves no process and no folder when it is disposed of', async () => {
    const folder = await ownTemporaryFolder('temporary');
    const workers = new MediaWorkers({ count: 2, ffmpeg: stage.ffmpeg });
    await Promise.all([workers.run(stage.job(photo), never), workers.run(stage.job(film), never)]);
    const { pids } = workers;
    expect(pids.every(isRunning)).toBe(true);
    expect(await workFolders(folder)).toHaveLength(2);
    await workers[Symbol.asyncDispose]();
    expect(pids.filter(isRunning)).toEqual([]);
    expect(await workFolders(folder)).toEqual([]);
  });

  it('leaves no process when it is disposed of while one starts, and starts none afterwards', async () => {
    const tree = new ProcessTree();
    const workers = new MediaWorkers({ count: 1, ffmpeg: undefined, tree });
    const running = workers.run(stage.job(photo), never);
    const waiting = workers.run(stage.job(photo), never);
    const ends = Promise.allSettled([running, waiting]);
    await vi.waitFor(() => {
      expect(tree.childCount).toBe(1);
    });
    await workers[Symbol.asyncDispose]();
    expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(tree.childCount).toBe(0);
    expect(workers.pids).toEqual([]);
  });

  it.skipIf(isWindows)('tries a job again whose worker was killed, in another', async () => {
    const { binaries, started } = await ffmpegThat('exec sleep 60');
    await using workers = new MediaWorkers({ count: 1, ffmpeg: binaries });
    const running = workers.run(stage.job(film, { name: 'killed-once' }), never);
    await vi.waitFor(async () => expect(await started()).toHaveLength(1), 20_000);
    const [first = 0] = workers.pids;
    // The second try finds a program that works.
    await writeFile(binaries.ffmpeg, `#!/bin/sh\nexec "${stage.ffmpeg.ffmpeg}" "$@"\n`);
    process.kill(-first, 'SIGKILL');
    expect((await running).derivatives.map(({ kind }) => kind)).toEqual(['poster', 'thumbnail']);
    expect(workers.pids).not.toContain(first);
    expect(workers.heldCount).toBe(0);
  });

  it('does the next job though its worker was killed while it had none', async () => {
    await using workers = new MediaWorkers({ count: 1, ffmpeg: undefined });
    await workers.run(stage.job(photo), never);
    const [first = 0] = workers.pids;
    process.kill(first, 'SIGKILL');
    // It is not known yet that the worker is gone.
    expect((await workers.run(stage.job(photo), never)).facts.width).toBe(64);
    expect(workers.pids).not.toContain(first);
  });

  it.skipIf(isWindows)('gives up a job that ended two workers, and does the next', async () => {
    const { binaries, started } = await ffmpegThat('kill -9 $PPID');
    await using workers = new MediaWorkers({ count: 1, ffmpeg: binaries });
    const name = 'killed-twice';
    await stage.put(`../out/${name}.poster.webp`, 'broken off');
    const running = workers.run(stage.job(film, { name }), never);
    await expect(running).rejects.toMatchObject({ code: 'CONTENT_MISMATCH', message: /2 times.*SIGKILL/ });
    expect(await started()).toHaveLength(2);
    expect(await readdir(stage.out)).not.toContain(`${name}.poster.webp`);
    expect(workers.heldCount).toBe(0);
    expect((await workers.run(stage.job(photo), never)).facts.width).toBe(64);
  });

  it.skipIf(isWindows)(
    'ends a job that takes too long, with the program it runs, and gives the permit back',
    async () => {
      const { binaries, started } = await ffmpegThat('sleep 60 & echo $! >> "$0.grandchild"; wait');
      await using workers = new MediaWorkers({ count: 1, ffmpeg: binaries, jobTimeoutMs: 4000 });
      const running = workers.run(stage.job(film, { name: 'slow' }), never);
      await expect(running).rejects.toMatchObject({ code: 'TIMEOUT', message: /film\.mp4 was not done after 4 s/ });
      const pids = await started();
      expect(pids).toHaveLength(1);
      const grandchildren = (await readFile(`${binaries.ffmpeg}.grandchild`, 'utf8')).trim().split('\n').map(Number);
      await gone([...pids, ...grandchildren]);
      expect(workers.heldCount).toBe(0);
      expect((await workers.run(stage.job(photo), never)).facts.width).toBe(64);
    },
  );

  it.skipIf(isWindows)('ends a job whose programs take too much memory', async () => {
    // Holds what it reads: half a gigabyte.
    const { binaries, started } = await ffmpegThat('exec tail -c 500000000 /dev/zero');
    await using workers = new MediaWorkers({ count: 1, ffmpeg: binaries, jobMemoryBytes: 400e6 });
    const running = workers.run(stage.job(film, { name: 'large' }), never);
    await expect(running).rejects.toMatchObject({
      code: 'CONTENT_MISMATCH',
      message: expect.stringMatching(/film\.mp4 took \d+ MB to decode; 400 MB are granted/) as string,
    });
    await gone(await started());
    expect((await workers.run(stage.job(photo), never)).facts.width).toBe(64);
  });

  it.skipIf(isWindows)('ends the job of a signal that aborts, and those that wait', async () => {
    const { binaries, started } = await ffmpegThat('exec sleep 61');
    await using workers = new MediaWorkers({ count: 1, ffmpeg: binaries });
    const controller = new AbortController();
    const ends = Promise.allSettled([
      workers.run(stage.job(film), controller.signal),
      workers.run(stage.job(film), controller.signal),
    ]);
    await vi.waitFor(async () => expect(await started()).toHaveLength(1), 20_000);
    controller.abort(new Error('enough'));
    for (const end of await ends) expect(end).toMatchObject({ status: 'rejected', reason: { message: 'enough' } });
    expect(await started()).toHaveLength(1);
    await gone(await started());
  });

  it('does not begin for a signal that aborts while the worker starts', async () => {
    await using workers = new MediaWorkers({ count: 1, ffmpeg: undefined });
    const controller = new AbortController();
    const running = workers.run(stage.job(photo), controller.signal, () => {
      controller.abort(new Error('before it began'));
    });
    await expect(running).rejects.toThrow('before it began');
    expect(workers.heldCount).toBe(0);
  });

  it('says so when a file cannot be read, and keeps the worker', async () => {
    await using workers = new MediaWorkers({ count: 1, ffmpeg: undefined });
    await workers.run(stage.job(photo), never);
    const { pids } = workers;
    await expect(workers.run(stage.job(stage.path('absent.jpg')), never)).rejects.toMatchObject({
      code: 'FILE_SYSTEM',
      message: expect.stringContaining('absent.jpg') as string,
    });
    expect(workers.pids).toEqual(pids);
  });

  it.skipIf(isWindows)('ends with the process that started it, however that ended', async () => {
    const { binaries, started } = await ffmpegThat('exec sleep 62');
    const folder = await ownTemporaryFolder('temporary of an orphan');
    const program = [
      `const { MediaWorkers } = await import(${JSON.stringify(new URL('../../../src/media/workers/media-workers.ts', import.meta.url).href)});`,
      `const workers = new MediaWorkers({ count: 1, ffmpeg: ${JSON.stringify(binaries)} });`,
      `void workers.run(${JSON.stringify(stage.job(film))}, new AbortController().signal);`,
      `const told = setInterval(() => workers.pids[0] && console.log(workers.pids[0]), 50);`,
    ].join('\n');
    const path = await stage.put('parent.mts', program);
    const parent = execFile(process.execPath, ['--import', import.meta.resolve('tsx'), path]);
    const worker = await new Promise<number>((resolve) => {
      parent.stdout?.once('data', (text: string) => {
        resolve(Number(text.trim().split('\n')[0]));
      });
    });
    await vi.waitFor(async () => expect(await started()).toHaveLength(1), 20_000);
    expect(isRunning(worker)).toBe(true);
    expect(await workFolders(folder)).toHaveLength(1);
    parent.kill('SIGKILL');
    await gone([worker, ...(await started())]);
    expect(await workFolders(folder)).toEqual([]);
  });

  it.skipIf(isWindows)('has files that would take more memory than there is wait for each other', async () => {
    const { binaries } = await ffmpegThat('as it is');
    const log = stage.path('turns');
    const real = `"${stage.ffmpeg.ffmpeg}" "$@"`;
    // $$ is the process that the line is of: those of one job have the same parent.
    await writeFile(
      binaries.ffmpeg,
      `#!/bin/sh\necho "$PPID begins" >> "${log}"\n${real}\nended=$?\necho "$PPID ends" >> "${log}"\nexit $ended\n`,
    );
    await using workers = new MediaWorkers({ count: 2, ffmpeg: binaries, memoryBytes: 300e6 });
    const names = ['turn-1', 'turn-2', 'turn-3', 'turn-4'];
    const described = await Promise.all(
      names.map((name) => workers.run(stage.job(film, { name, transcode: 'balanced' }), never)),
    );
    expect(described.flatMap(({ problems }) => problems)).toEqual([]);
    const turns = (await readFile(log, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0] ?? '');
    expect(new Set(turns).size).toBe(2);
    // Jobs that ran at once would have their lines between each other's: at most one change for each job that follows.
    const changes = turns.filter((pid, index) => index > 0 && pid !== turns[index - 1]).length;
    expect(changes).toBeLessThan(names.length);
  });

  it('refuses a count that is none', () => {
    expect(() => new MediaWorkers({ count: 0, ffmpeg: undefined })).toThrow('got 0');
  });
});
