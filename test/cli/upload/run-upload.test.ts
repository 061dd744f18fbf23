import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import type { CommandRun } from '../../../src/cli/command-run.js';
import { Terminal } from '../../../src/cli/terminal/terminal.js';
import { itemsOpener } from '../../../src/cli/upload/items-of.js';
import { runUpload } from '../../../src/cli/upload/run-upload.js';
import { loadSettings } from '../../../src/config/load-settings.js';
import { ChatferryError } from '../../../src/errors/chatferry-error.js';
import { ProtocolS3 } from '../../upload/servers/protocol-s3.js';
import { startTusNodeServer } from '../../upload/servers/tus-server.js';
import { CapturedStream } from '../terminal/captured-stream.js';

const NAMES = ['a', 'b', 'c'] as const;
/** Their sizes tell them apart on the line. */
const SIZES = { a: 1000, b: 2000, c: 3000 } as const;

let cwd: string;
let stdout: CapturedStream;
let stderr: CapturedStream;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'chatferry-run-upload-'));
  mkdirSync(join(cwd, 'photos'));
  for (const name of NAMES) writeFileSync(join(cwd, 'photos', name), name.repeat(SIZES[name]));
  stdout = new CapturedStream();
  stderr = new CapturedStream();
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

interface Running {
  readonly json?: boolean;
  /** Called with the stage of each event, and the name of its file. */
  readonly onStage?: (stage: unknown, name: string | undefined, doneParts: unknown) => void;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** As the command does it, in this process. @returns the exit code. */
async function upload(to: readonly string[], running: Running = {}): Promise<number> {
  const { json = false, onStage = () => undefined, signal = new AbortController().signal } = running;
  const env = { UPLOAD_SESSION_DIR: join(cwd, 'sessions'), UPLOAD_MAX_RETRIES: '0', ...running.env };
  const { settings } = loadSettings({ cwd, env, homeDirectory: cwd });
  const terminal = new Terminal({ stdout, stderr, json, quiet: false, color: false, redact: (text) => text });
  const log: CommandRun['log'] = (_level, message, details) => {
    if (message === 'upload')
      onStage(details?.['stage'], String(details?.['file']).split(/[/\\]/).at(-1), details?.['doneParts']);
  };
  const request = { what: ['./photos'], options: {}, cwd };
  return runUpload({ settings, terminal, log, signal } as CommandRun, {
    to,
    itemsFor: (onNote, onLeftOut) => itemsOpener(request, { settings, onNote, onLeftOut }),
    cwd,
    manifestPath: join(cwd, 'manifest.json'),
  });
}

function manifestNames(): readonly string[] {
  const { files } = JSON.parse(readFileSync(join(cwd, 'manifest.json'), 'utf8')) as { files: { name: string }[] };
  return files.map(({ name }) => name);
}

it('prints a document a file with --json also for a target that is not to be reached, and a summary last', async () => {
  expect(await upload(['tus+http://127.0.0.1:9/files', 'dir:there'], { json: true })).toBe(7);
  const documents = stdout.lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  const documentsOf = (more: object): readonly object[] =>
    NAMES.map((name) => ({ type: 'file', path: join(cwd, 'photos', name), sizeBytes: SIZES[name], ...more }));
  expect(documents.slice(0, -1)).toMatchObject([
    ...documentsOf({ state: 'failed', code: 'UNREACHABLE', isGivenUp: true }),
    ...documentsOf({ state: 'uploaded' }),
  ]);
  expect(documents[0]?.['reason']).toMatch(/^The connection to 127.0.0.1:9 failed/);
  expect(documents.at(-1)).toMatchObject({ type: 'summary', exitCode: 7 });
});

it('says once, without --json, why a target is given up, with the count of its files', async () => {
  expect(await upload(['tus+http://127.0.0.1:9/files'])).toBe(7);
  expect(`${stdout.text}${stderr.text}`.match(/The connection to/g)).toHaveLength(1);
  expect(stdout.text).toMatch(/^tus\+http:\S+: 0 files there \(0 B\), 3 failed, in .* Stopped: The connection to /);
});

it('lists a file that failed once, and counts those that were there before', async () => {
  mkdirSync(join(cwd, 'there', 'photos', 'b'), { recursive: true }); // A folder has its name there.
  expect(await upload(['dir:there'])).toBe(4);
  expect(stderr.text).toContain('a: Complete: ');
  expect(`${stdout.text}${stderr.text}`.match(/photos.b: /g)).toHaveLength(1);
  expect(stdout.text).toContain(`Not there:\n  ${join(cwd, 'photos', 'b')}: `);
  stderr.text = '';
  await upload(['dir:there']);
  expect(stderr.text).not.toContain('There already');
  expect(stdout.text).toContain('2 files there (4.0 kB), 2 of them before, 1 failed');
});

it('says at Ctrl-C what failed so far and what a bucket keeps to go on with', async () => {
  await using store = await ProtocolS3.start();
  for (const name of ['b', 'c']) rmSync(join(cwd, 'photos', name));
  writeFileSync(join(cwd, 'photos', 'film'), Buffer.alloc(16_000_000, 7));
  store.answer = ({ key }) => (key.endsWith('/a') ? { status: 403 } : undefined);
  const stop = new AbortController();
  const onStage = (_stage: unknown, _name: string | undefined, doneParts: unknown): void => {
    if (doneParts === 1) stop.abort(new ChatferryError('INTERRUPTED', 'Interrupted.'));
  };
  const env = {
    S3_ENDPOINT: store.endpoint.href,
    S3_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'KEY',
    AWS_SECRET_ACCESS_KEY: 'canary-secret',
    UPLOAD_MAX_PARALLEL: '1',
  };
  const ended = upload(['s3://bucket/films'], { env, onStage, signal: stop.signal });
  await expect(ended).rejects.toMatchObject({ code: 'INTERRUPTED' });
  expect(store.uploads.size).toBe(1);
  expect(stderr.lines.slice(-3, -1)).toEqual(['Not there:', expect.stringContaining(join(cwd, 'photos', 'a'))]);
  expect(stderr.lines.at(-1)).toMatch(
    /^s3:\/\/bucket\/films keeps .* MB of 1 unfinished file to go on with: parts that take room until then/,
  );
});

it('with --json, says at Ctrl-C what came, also behind a file that is on its way, and what each target keeps', async () => {
  await using store = await ProtocolS3.start();
  writeFileSync(join(cwd, 'photos', 'a'), Buffer.alloc(16_000_000, 7));
  const stop = new AbortController();
  const there = new Set<string | undefined>();
  let doneParts: unknown = 0;
  const onStage = (stage: unknown, name: string | undefined, parts: unknown): void => {
    if (stage === 'complete') there.add(name);
    if (name === 'a') doneParts = parts;
    if (there.size === 2 && Number(doneParts) > 0) stop.abort(new ChatferryError('INTERRUPTED', 'Interrupted.'));
  };
  const env = {
    S3_ENDPOINT: store.endpoint.href,
    S3_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'KEY',
    AWS_SECRET_ACCESS_KEY: 'canary-secret',
    UPLOAD_BANDWIDTH_LIMIT: '8MB',
    UPLOAD_MAX_PARALLEL: '2',
  };
  const ended = upload(['s3://bucket/films'], { env, onStage, signal: stop.signal, json: true });
  await expect(ended).rejects.toMatchObject({ code: 'INTERRUPTED' });
  const documents = stdout.lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  const summary = {
    type: 'summary',
    exitCode: 6,
    isInterrupted: true,
    targets: [{ target: 's3://bucket/films', uploadedCount: 2, sizeBytes: 5000, kept: { fileCount: 1 } }],
  };
  const file = { type: 'file', state: 'uploaded' };
  expect(documents).toMatchObject([file, file, summary]);
  expect(
    documents
      .slice(0, 2)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(['photos/b', 'photos/c']);
  expect(documents.at(-1)).toHaveProperty(
    'targets.0.kept.bytes',
    expect.toSatisfy((bytes: number) => bytes >= 5e6),
  );
  expect([...manifestNames()].sort()).toEqual(['photos/b', 'photos/c']);
});

it('has in the summary of --json what was left out, once for two targets', async () => {
  symlinkSync(join(cwd, 'photos', 'a'), join(cwd, 'photos', 'link'));
  await upload(['dir:one', 'dir:two'], { json: true });
  const leftOut = [{ path: join(cwd, 'photos'), linkCount: 1, otherCount: 0 }];
  expect(JSON.parse(stdout.lines.at(-1) ?? '')).toMatchObject({ type: 'summary', leftOut });
});

it('writes into the manifest also what is there and had not had its turn at Ctrl-C', async () => {
  // The first file is on its way until the end.
  const front = ({ headers }: IncomingMessage): boolean => headers['upload-length'] === String(SIZES.a);
  await using server = await startTusNodeServer({ front });
  const stop = new AbortController();
  const there = new Set<string | undefined>();
  const onStage = (stage: unknown, name: string | undefined): void => {
    if (stage === 'complete') there.add(name);
    if (there.size === 2) stop.abort(new ChatferryError('INTERRUPTED', 'Interrupted.'));
  };
  const ended = upload([`tus+${server.endpoint.href}`], { onStage, signal: stop.signal });
  await expect(ended).rejects.toMatchObject({ code: 'INTERRUPTED' });
  expect([...there].sort()).toEqual(['b', 'c']);
  expect([...manifestNames()].sort()).toEqual(['photos/b', 'photos/c']);
});
