import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { exitCodeOfUpload, type UploadReport } from '../../../src/app/upload/job-report.js';
import { UploadJob } from '../../../src/app/upload/upload-job.js';
import { loadSettings } from '../../../src/config/load-settings.js';
import { ChatferryError } from '../../../src/errors/chatferry-error.js';
import type { UploadProgress } from '../../../src/upload/progress/upload-progress.js';
import { SessionFiles } from '../../../src/upload/session/session-files.js';
import type { UploadedFile, UploadItem } from '../../../src/upload/uploaded-file.js';
import { startTusNodeServer } from '../../upload/servers/tus-server.js';
import { each } from '../../upload/upload-run.js';

/** Their sizes tell them apart on the line. */
const SIZES = { a: 1000, b: 2000, c: 3000, d: 4000 } as const;
const NAMES = ['a', 'b', 'c', 'd'] as const;

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'chatferry-given-up-'));
  mkdirSync(join(root, 'photos'));
  for (const name of NAMES) writeFileSync(join(root, 'photos', name), name.repeat(SIZES[name]));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function photos(): readonly UploadItem[] {
  return NAMES.map((name) => ({ name: `photos/${name}`, path: join(root, 'photos', name) }));
}

interface Run {
  readonly files: readonly UploadedFile[];
  readonly events: readonly UploadProgress[];
  readonly report: UploadReport;
}

interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly onEvent?: (event: UploadProgress) => void;
  /** @defaultValue the folder of photos */
  readonly items?: readonly UploadItem[];
}

async function upload(to: string, { env = {}, onEvent, items = photos() }: RunOptions = {}): Promise<Run> {
  const given = { UPLOAD_SESSION_DIR: join(root, 'sessions'), UPLOAD_MAX_RETRIES: '0', ...env };
  const { settings } = loadSettings({ cwd: root, env: given, homeDirectory: root });
  const events: UploadProgress[] = [];
  const onNote = (): void => undefined;
  const run = new UploadJob({
    to: [to],
    openItems: () =>
      Promise.resolve({ sources: [], items: () => each(items), [Symbol.asyncDispose]: () => Promise.resolve() }),
    settings,
    cwd: root,
    reporter: {
      event: (event) => {
        events.push(event);
        onEvent?.(event);
      },
    },
    onNote,
    signal: new AbortController().signal,
  }).run();
  const files: UploadedFile[] = [];
  for (;;) {
    const next = await run.next();
    if (next.done === true) return { files, events, report: next.value };
    files.push(next.value);
  }
}

/** Which file a request begins. */
function begunBy({ method, headers }: IncomingMessage): string | undefined {
  return method === 'POST' ? NAMES.find((name) => String(SIZES[name]) === headers['upload-length']) : undefined;
}

const GIVEN_UP = { state: 'failed', isGivenUp: true, code: 'UNREACHABLE' } as const;

it('each file that was to come to a target that refuses its check is failed with the reason, in their order', async () => {
  const { files, events, report } = await upload('tus+http://127.0.0.1:9/files');
  const [reason = ''] =
    /^The connection to 127\.0\.0\.1:9 failed: \S+ ECONNREFUSED \S+\./.exec(
      report.targets[0]?.failure?.message ?? '',
    ) ?? [];
  expect(report.targets[0]?.failure?.message).toBe(
    `${reason} Check its address and the network. Nothing is lost: the same command continues where this one stopped.`,
  );
  expect(files).toEqual(
    NAMES.map((name) => ({
      path: join(root, 'photos', name),
      name: `photos/${name}`,
      target: 'tus+http://127.0.0.1:9/files',
      sizeBytes: SIZES[name],
      ...GIVEN_UP,
      reason,
    })),
  );
  expect(events.map(({ stage, message }) => ({ stage, message }))).toEqual(
    NAMES.map(() => ({ stage: 'failed', message: reason })),
  );
  expect(report.targets).toMatchObject([{ failedCount: 4, uploadedCount: 0 }]);
  expect(exitCodeOfUpload(report)).toBe(7);
});

it('what was wrong with a file before is what it is failed with', async () => {
  const problem = new ChatferryError('FILE_SYSTEM', 'Its name is not UTF-8.');
  const items = photos().map((item, index) => (index === 1 ? { ...item, problem } : item));
  const { files } = await upload('tus+http://127.0.0.1:9/files', { items });
  const own = { state: 'failed', code: 'FILE_SYSTEM', reason: problem.message };
  expect(files).toMatchObject([GIVEN_UP, own, GIVEN_UP, GIVEN_UP]);
  expect(files[1]).not.toHaveProperty('isGivenUp');
});

it('where the line breaks for good, what is done counts, and the rest is failed and begun no more', async () => {
  const begun: string[] = [];
  let tellThatSecondIsThere = (): void => undefined;
  const secondIsThere = new Promise<void>((resolve) => (tellThatSecondIsThere = resolve));
  const front = (request: IncomingMessage, { socket }: ServerResponse): boolean => {
    const name = begunBy(request);
    if (name === undefined) return false;
    begun.push(name);
    if (name === 'b') return false;
    // The first is on its way until the end, and the others break once the second is there.
    if (name !== 'a') void secondIsThere.then(() => socket?.destroy());
    return true;
  };
  await using server = await startTusNodeServer({ front });
  const onEvent = ({ file, stage }: UploadProgress): void => {
    if (file.endsWith('b') && stage === 'complete') tellThatSecondIsThere();
  };
  const env = { UPLOAD_MAX_PARALLEL: '4' };
  const { files, report } = await upload(`tus+${server.endpoint.href}`, { env, onEvent });
  expect(files).toMatchObject([GIVEN_UP, { state: 'uploaded', name: 'photos/b' }, GIVEN_UP, GIVEN_UP]);
  const [first] = files;
  for (const file of files)
    if (file.state === 'failed') expect(file.reason).toBe(first?.state === 'failed' && first.reason);
  expect(report.targets).toMatchObject([
    { uploadedCount: 1, failedCount: 3, sizeBytes: SIZES.b, failure: { code: 'UNREACHABLE' } },
  ]);
  expect(begun).toEqual(expect.arrayContaining(['a', 'b', 'c']));
  expect(exitCodeOfUpload(report)).toBe(7);
  const sessions = await SessionFiles.open(join(root, 'sessions'));
  for (const { status } of await sessions.list()) expect(['paused', 'failed']).toContain(status);
});

it('a target that answers its check and then never again is given up after three files, and its sessions stay', async () => {
  const begun: string[] = [];
  const front = (request: IncomingMessage): boolean => {
    const name = begunBy(request);
    if (name !== undefined) begun.push(name);
    return name !== undefined; // As if it were to be answered.
  };
  await using server = await startTusNodeServer({ front });
  const env = { UPLOAD_MAX_PARALLEL: '1', UPLOAD_TIMEOUT_SECONDS: '1' };
  const { files, report } = await upload(`tus+${server.endpoint.href}`, { env });
  const silent = { state: 'failed', code: 'TIMEOUT', reason: `127.0.0.1:${server.port} did not answer in time.` };
  const reason = `3 files in a row were not answered, so no more are tried: ${silent.reason} Run the same command again later: it continues where it stopped.`;
  expect(files).toMatchObject([silent, silent, silent, { state: 'failed', code: 'TIMEOUT', isGivenUp: true, reason }]);
  expect(begun).toEqual(['a', 'b', 'c']);
  const message = `${reason} UPLOAD_TIMEOUT_SECONDS sets how long to wait for an answer.`;
  expect(report.targets).toMatchObject([{ failedCount: 4, failure: { code: 'TIMEOUT', message } }]);
  expect(exitCodeOfUpload(report)).toBe(7);
});
