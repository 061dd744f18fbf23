import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  readonly onStage?: (stage: unknown, name: string | undefined) => void;
  readonly signal?: AbortSignal;
}

/** As the command does it, in this process. @returns the exit code. */
async function upload(to: readonly string[], running: Running = {}): Promise<number> {
  const { json = false, onStage = () => undefined, signal = new AbortController().signal } = running;
  const env = { UPLOAD_SESSION_DIR: join(cwd, 'sessions'), UPLOAD_MAX_RETRIES: '0' };
  const { settings } = loadSettings({ cwd, env, homeDirectory: cwd });
  const terminal = new Terminal({ stdout, stderr, json, quiet: false, color: false, redact: (text) => text });
  const log: CommandRun['log'] = (_level, message, details) => {
    if (message === 'upload') onStage(details?.['stage'], String(details?.['file']).split(/[/\\]/).at(-1));
  };
  const request = { what: ['./photos'], options: {}, cwd };
  return runUpload({ settings, terminal, log, signal } as CommandRun, {
    to,
    itemsFor: (onNote) => itemsOpener(request, { settings, onNote }),
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
