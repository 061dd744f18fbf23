import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { openSessionRoom } from '../../../src/app/upload/session-room.js';
import { type ItemsOpenerOptions, itemsOpener } from '../../../src/cli/upload/items-of.js';
import { runUpload, type RunUploadRequest } from '../../../src/cli/upload/run-upload.js';
import { ExitCode } from '../../../src/errors/exit-code.js';
import { temporaryDirectory } from '../../archive/temporary-directory.js';
import { DirectoryTarget } from '../../../src/upload/targets/directory.js';
import { cutTarget } from '../../upload/targets/cuts.js';
import { testRun } from '../../upload/upload-run.js';
import { drawnRows } from '../terminal/drawn-rows.js';
import { CommandHere, type CommandHereOptions } from './command-here.js';

/** A folder with two photos of 1,000 bytes. */
function withPhotos(): string {
  const cwd = temporaryDirectory();
  mkdirSync(join(cwd, 'photos'));
  for (const name of ['a.jpg', 'b.jpg']) writeFileSync(join(cwd, 'photos', name), Buffer.alloc(1000, name));
  return cwd;
}

type Shown = Omit<CommandHereOptions, 'cwd'> & { readonly name?: string; readonly progress?: 'lines' | 'ndjson' };

/** Uploads the photos as the command does. */
async function upload(
  cwd: string,
  to: readonly string[],
  { name, progress, env, ...how }: Shown = {},
): Promise<Uploaded> {
  const command = new CommandHere({ cwd, env: { UPLOAD_SESSION_DIR: join(cwd, 'sessions'), ...env }, ...how });
  const { settings } = command.run;
  const request = { what: ['./photos'], options: name === undefined ? {} : { name }, cwd };
  const counting = new Counting(how.isTTY === true);
  const itemsFor = (onNote: ItemsOpenerOptions['onNote']): ReturnType<RunUploadRequest['itemsFor']> =>
    counting.before(itemsOpener(request, { settings, onNote }));
  const exitCode = await runUpload(command.run, { to, itemsFor, cwd, progress, manifestPath: join(cwd, 'm.json') });
  return { command, exitCode };
}

/** Opens the files to send once they are counted: a short upload could end before that, and then shows no total. */
class Counting {
  readonly #counted: Promise<void>;
  #end: () => void = () => undefined;

  constructor(isAwaited: boolean) {
    this.#counted = isAwaited ? new Promise((resolve) => (this.#end = resolve)) : Promise.resolve();
  }

  before(open: ReturnType<RunUploadRequest['itemsFor']>): ReturnType<RunUploadRequest['itemsFor']> {
    return async (opening) => {
      if (opening.isOnlyListed !== true) await this.#counted;
      const opened = await open(opening);
      if (opening.isOnlyListed !== true) return opened;
      return {
        sources: opened.sources,
        items: (signal) => opened.items(signal),
        [Symbol.asyncDispose]: async () => {
          await opened[Symbol.asyncDispose]();
          this.#end();
        },
      };
    };
  }
}

interface Uploaded {
  readonly command: CommandHere;
  readonly exitCode: ExitCode;
}

it('an upload on a terminal ends with all files and bytes of all targets, and a summary below', async () => {
  const cwd = withPhotos();
  const { command, exitCode } = await upload(cwd, ['dir:one', 'dir:two', 'dir:one'], { isTTY: true });
  expect(exitCode).toBe(ExitCode.complete);
  const { text, lines } = command.stderr;
  expect(drawnRows(text, 'Files').at(-1)).toMatch(/^Files {5}█{24} 4 of 4$/);
  expect(drawnRows(text, 'Bytes').at(-1)).toMatch(/^Bytes {5}█{24} 100 % .*4\.0 kB of 4\.0 kB/);
  expect(command.stdout.lines.filter((line) => line.includes('2 files there (2.0 kB)'))).toHaveLength(2);
  expect(lines.at(-1)).toContain('m.json lists the uploaded files.');
});

it('a file that starts over is told of in its document, in its events, and as a warning with --quiet', async () => {
  const cwd = withPhotos();
  const path = join(cwd, 'photos', 'a.jpg');
  const cutOff = async (text: string): Promise<void> => {
    await using own = new DirectoryTarget(join(cwd, 'one'));
    await own.check();
    using run = await testRun({ target: cutTarget(own, 'before the end'), folder: cwd, maxRetries: 0 });
    expect(await run.upload([{ path, name: 'photos/a.jpg' }])).toMatchObject([{ state: 'failed' }]);
    writeFileSync(path, text);
  };
  const startedOver = 'the file has changed since';
  await cutOff('other bytes');
  const quiet = await upload(cwd, ['dir:one'], { quiet: true });
  expect(quiet.command.stderr.lines).toEqual([`warning: photos/a.jpg started over: ${startedOver}.`]);
  rmSync(join(cwd, 'one'), { recursive: true });
  await cutOff('more other bytes');
  const told = (await upload(cwd, ['dir:one'], { json: true, progress: 'ndjson' })).command.documents;
  expect(told.find(({ type }) => type === 'file')).toMatchObject({
    name: 'photos/a.jpg',
    state: 'uploaded',
    startedOver,
  });
  const events = told.filter(({ type, file }) => type === 'upload' && file === path);
  expect(events.at(-1)).toMatchObject({ stage: 'complete', startedOver });
  expect(told.filter((document) => document['startedOver'] !== undefined && document['file'] !== path)).toHaveLength(1);
});

it('an upload with --quiet prints its summary alone', async () => {
  const { command } = await upload(withPhotos(), ['dir:one'], { quiet: true });
  expect(command.stderr.text).toBe('');
  expect(command.stdout.lines).toEqual([expect.stringContaining('2 files there (2.0 kB)')]);
  expect(command.logged).toContain('debug upload');
});

it.skipIf(process.platform === 'win32')(
  'an upload to two targets says once what it leaves out, and logs it',
  async () => {
    const cwd = withPhotos();
    symlinkSync(join(cwd, 'photos', 'a.jpg'), join(cwd, 'photos', 'link.jpg'));
    const { command } = await upload(cwd, ['dir:one', 'dir:two']);
    expect(command.stderr.lines.filter((line) => line.includes('link'))).toHaveLength(1);
    expect(command.logged.filter((entry) => entry === 'info note')).toHaveLength(1);
  },
);

it('an upload of a folder by another name puts its files below that', async () => {
  const cwd = withPhotos();
  await upload(cwd, ['dir:one'], { name: '2026/spring' });
  expect(existsSync(join(cwd, 'one', '2026_spring', 'a.jpg'))).toBe(true);
  expect(existsSync(join(cwd, 'one', 'photos'))).toBe(false);
});

it('an upload goes on one file after the other above the memory limit that is set', async () => {
  const { command } = await upload(withPhotos(), ['dir:one'], {
    json: true,
    env: { PARALLEL_MEDIA_MEMORY_LIMIT_MB: '1' },
  });
  const targets = [{ turnedBack: 'memory is above its limit', paths: { sequential: { fileCount: 2 } } }];
  expect(command.documents.at(-1)).toMatchObject({ type: 'summary', targets });
});

it('an upload whose manifest has no place sends nothing', async () => {
  const cwd = withPhotos();
  mkdirSync(join(cwd, 'm.json'));
  await expect(upload(cwd, ['dir:one'])).rejects.toMatchObject({ code: 'USAGE' });
  expect(existsSync(join(cwd, 'one'))).toBe(false);
});

it('a user without a place for sessions is told what to set', async () => {
  const message = expect.stringContaining('Set UPLOAD_SESSION_DIR to a folder of yours.') as unknown;
  await expect(openSessionRoom({ uploadSessionDir: undefined })).rejects.toMatchObject({ code: 'USAGE', message });
});
