import { EventEmitter, once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startDemoTusServer } from '../../../src/app/upload/demo-tus-server.js';
import { ExportUploads, type ExportUploadReport } from '../../../src/app/upload/export/export-uploads.js';
import { chooseUploads } from '../../../src/app/upload/items/choose-uploads.js';
import { exitCodeOfUpload } from '../../../src/app/upload/job-report.js';
import type { ExportFollower } from '../../../src/app/export/create-export.js';
import { Archive } from '../../../src/archive/archive.js';
import { loadSettings } from '../../../src/config/load-settings.js';
import { ChatferryError } from '../../../src/errors/chatferry-error.js';
import { DirectoryTarget } from '../../../src/upload/targets/directory.js';
import type { MonotonicClock } from '../../../src/source/telegram/wire/monotonic-clock.js';
import type { UploadProgress } from '../../../src/upload/progress/upload-progress.js';
import { testRun } from '../../upload/upload-run.js';
import { expectWhole, treeOf } from '../archive-check.js';
import { FERRY_USERNAME, FerryWorld } from '../ferry-world.js';
import { onParts } from '../part-fault.js';
import { hurriedClock, neverAborted, type RunEnd, type RunOptions, SimulatedExport } from '../simulated-export.js';

const ferry = new FerryWorld({ textCount: 60, photoEvery: 6, hasForeign: false });
let trip: SimulatedExport;

beforeAll(async () => {
  trip = await SimulatedExport.start(ferry.world, `@${FERRY_USERNAME}`);
});
afterAll(() => trip[Symbol.asyncDispose]());

interface FollowedRun {
  readonly end: RunEnd;
  /** Undefined where the export did not come to its end. */
  readonly report: ExportUploadReport | undefined;
  readonly notes: readonly string[];
}

interface FollowedOptions extends RunOptions {
  readonly to: readonly string[];
  /** Hears of everything before the uploads do. */
  readonly spy?: Partial<ExportFollower>;
  readonly onUpload?: (event: UploadProgress) => void;
}

/** Exports with uploads as `chatferry export` does with EXPORT_UPLOAD_TO. */
async function followedRun({
  to,
  spy = {},
  onUpload = () => undefined,
  ...options
}: FollowedOptions): Promise<FollowedRun> {
  const notes: string[] = [];
  const { signal = neverAborted(), env = {} } = options;
  const { settings } = loadSettings({
    cwd: trip.directory,
    env: { UPLOAD_SESSION_DIR: join(trip.directory, 'sessions'), UPLOAD_MAX_RETRIES: '0', ...env },
    flags: {},
  });
  await using uploads = await ExportUploads.open({
    to,
    settings,
    cwd: trip.directory,
    reporter: { event: onUpload },
    onNote: (text) => notes.push(text),
    signal,
  });
  const follower: ExportFollower = {
    begin: (archive) => {
      uploads.begin(archive);
      spy.begin?.(archive);
    },
    chatStarted: (chat) => {
      uploads.chatStarted(chat);
    },
    committed: () => {
      uploads.committed();
    },
    end: () => {
      spy.end?.();
      uploads.end();
    },
  };
  const end = await trip.run({ ...options, follower });
  return { end, report: end.error === undefined ? await uploads.finish() : undefined, notes };
}

/** A folder that files went to holds what the archive does, and a database with the same rows. */
async function expectSameAsArchive(far: string, into: string): Promise<void> {
  expect(await treeOf(far)).toEqual(await treeOf(trip.path(into)));
  await expectWhole(far, ferry);
}

describe('an export that uploads as it goes', () => {
  it('sends each file once it is safe, and leaves an archive at the far end that is whole', async () => {
    const far = join(trip.directory, 'far');
    let thereAtEnd = 0;
    const spy = {
      end: (): void => {
        thereAtEnd = existsSync(far) ? filesBelow(far) : 0;
      },
    };
    // Later media wait until the first file has arrived: which is faster on this machine, an export or an upload, is no matter.
    const first = new EventEmitter();
    let hasArrived = false;
    const onUpload = ({ stage }: UploadProgress): void => {
      hasArrived ||= stage === 'complete';
      if (hasArrived) first.emit('arrived');
    };
    const fault = onParts(({ number }) => (number >= 12 && !hasArrived ? { error: 'FLOOD_WAIT_1' } : undefined));
    const hurried = hurriedClock();
    const clock: MonotonicClock = {
      ...hurried,
      wait: async (ms, signal) => {
        if (!hasArrived) await once(first, 'arrived', { signal });
        await hurried.wait(ms, signal);
      },
    };
    const run = { into: 'followed', to: [`dir:${far}`], spy, onUpload, network: { fault }, client: { clock } };
    const { end, report } = await followedRun(run);
    expect(end.exitCode, String(end.error)).toBe(0);
    expect(thereAtEnd).toBeGreaterThan(0);
    expect(report?.targets).toMatchObject([{ failedCount: 0, presentCount: 0 }]);
    expect(report && exitCodeOfUpload(report)).toBe(0);
    await expectSameAsArchive(far, 'followed');
  });

  it('sends nothing again that is there, and what came new', async () => {
    const far = join(trip.directory, 'again-far');
    await followedRun({ into: 'again', to: [`dir:${far}`] });
    const { report } = await followedRun({ into: 'again', to: [`dir:${far}`] });
    // The report of the run, and the database with a row for it.
    expect(report?.targets).toMatchObject([{ uploadedCount: 2, failedCount: 0 }]);
    await expectSameAsArchive(far, 'again');
  });

  it('sends what earlier runs have exported without a target', async () => {
    const far = join(trip.directory, 'later-far');
    await trip.run({ into: 'later' });
    const { report } = await followedRun({ into: 'later', to: [`dir:${far}`] });
    expect(report?.targets).toMatchObject([{ failedCount: 0 }]);
    await expectSameAsArchive(far, 'later');
  });

  it('goes on after an interruption with what was not sent', async () => {
    const far = join(trip.directory, 'stopped-far');
    const controller = new AbortController();
    const fault = onParts(({ number }) => {
      if (number === 12) controller.abort(new ChatferryError('INTERRUPTED', 'Interrupted.'));
      return undefined;
    });
    const to = [`dir:${far}`];
    const stopped = await followedRun({ into: 'stopped', to, signal: controller.signal, network: { fault } });
    expect(stopped.end.exitCode).toBe(6);
    const next = await followedRun({ into: 'stopped', to });
    expect(next.report?.targets).toMatchObject([{ failedCount: 0 }]);
    await expectSameAsArchive(far, 'stopped');
  });

  it('loses nothing of the export when a target is not there, and sends all when it is there again', async () => {
    const far = join(trip.directory, 'one-of-two');
    const away = await startDemoTusServer();
    await away[Symbol.asyncDispose]();
    const env = { TUS_TOKEN: away.token };
    const { end, report } = await followedRun({ into: 'two', to: [`dir:${far}`, away.target], env });
    expect(end.exitCode).toBe(0);
    expect(report?.targets).toMatchObject([{ failedCount: 0 }, { uploadedCount: 0, failure: { code: 'UNREACHABLE' } }]);
    expect(report && exitCodeOfUpload(report)).toBe(7);
    await expectSameAsArchive(far, 'two');
  });

  it('sends to a tus server all that the archive has, and each file as it is', async () => {
    await using server = await startDemoTusServer();
    const env = { TUS_TOKEN: server.token };
    const { report } = await followedRun({ into: 'tus', to: [server.target], env });
    expect(report?.targets).toMatchObject([{ failedCount: 0 }]);
    const wanted = await treeOf(trip.path('tus'));
    const there = await hashesBelow(server.folder);
    expect(Object.values(wanted).filter((sha256) => !there.has(sha256))).toEqual([]);
  });

  it('puts a file back that was lost at the far end once an upload asks for it', async () => {
    const far = join(trip.directory, 'asked-far');
    await followedRun({ into: 'asked', to: [`dir:${far}`] });
    const [lost = ''] = Object.keys(await treeOf(far)).filter((path) => path.includes('/media/photos/'));
    await rm(join(far, lost));
    await using chosen = await chooseUploads({
      written: [trip.path('asked')],
      cwd: trip.directory,
      exportDir: trip.path('asked'),
      account: undefined,
      onNote: () => undefined,
    });
    using run = await testRun({ target: new DirectoryTarget(far), folder: trip.directory });
    const states = new Map<string, string>();
    const items = await collected(chosen.items(neverAborted()));
    for (const file of await run.upload(items)) states.set(file.name, file.state);
    expect(states.get(lost)).toBe('uploaded');
    expect([...states.values()].filter((state) => state === 'uploaded')).toHaveLength(1);
    await expectSameAsArchive(far, 'asked');
  });
});

describe('an upload beside an export', () => {
  it('sends what was safe when it began, and disturbs neither the export nor another upload', async () => {
    const uploads: Promise<void>[] = [];
    let committedAtStart = 0;
    const targets = ['beside-1', 'beside-2'].map((name) => join(trip.directory, name));
    const fault = onParts(({ number }) => {
      if (number !== 10) return undefined;
      for (const far of targets) uploads.push(uploadArchive('beside', far));
      committedAtStart = number;
      return undefined;
    });
    const end = await trip.run({ into: 'beside', network: { fault, latencyMs: 10 } });
    await Promise.all(uploads);
    expect(committedAtStart).toBe(10);
    expect(end.exitCode, String(end.error)).toBe(0);
    await expectWhole(trip.path('beside'), ferry);
    for (const far of targets) {
      const { named, there } = await namedAndThere(far);
      expect(named.filter((path) => !there.has(path))).toEqual([]);
    }
  });
});

async function uploadArchive(into: string, far: string): Promise<void> {
  const directory = trip.path(into);
  const choice = { written: [directory], cwd: trip.directory, exportDir: directory, account: undefined };
  await using chosen = await chooseUploads({ ...choice, onNote: () => undefined });
  using run = await testRun({ target: new DirectoryTarget(far), folder: `${far}-sessions` });
  const items = await collected(chosen.items(neverAborted()));
  for (const file of await run.upload(items)) {
    if (file.state === 'failed') throw new Error(`${file.name}: ${file.reason}`);
  }
}

/** Files that the database of a sent archive names, and those that were sent. */
async function namedAndThere(far: string): Promise<{ named: readonly string[]; there: ReadonlySet<string> }> {
  using archive = await Archive.open(far, { readOnly: true });
  const named = Array.from(archive.files(), ({ path }) => path);
  return { named, there: new Set(Object.keys(await treeOf(far))) };
}

function filesBelow(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && !entry.name.endsWith('.uploading')).length;
}

async function hashesBelow(folder: string): Promise<ReadonlySet<string>> {
  return new Set(Object.values(await treeOf(folder)));
}

async function collected<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
