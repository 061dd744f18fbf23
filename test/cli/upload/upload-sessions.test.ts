import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { uploadFiles } from '../../../src/index.js';
import { UploadStore } from '../../../src/upload/session/upload-store.js';
import type { ProgramEnd } from '../run-chatferry.js';
import { runInProcess } from '../run-in-process.js';

/** Starting the program from its sources takes a second on a busy machine. */
const PATIENCE_MS = 60_000;

let cwd: string;

beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'chatferry-sessions-'));
  writeFileSync(join(cwd, 'film.mp4'), Buffer.alloc(400_000, 'film'));
  await beginAndLeave('mine');
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

/** Sends two parts of the film, and leaves. */
async function beginAndLeave(sessionId: string): Promise<void> {
  const settings = { uploadSessionDir: join(cwd, 'sessions'), uploadChunkBytes: 65_536, uploadBandwidthLimit: 200_000 };
  const upload = uploadFiles(['film.mp4'], { to: 'dir:there', cwd, settings, sessionId });
  for await (const { doneParts } of upload) if (doneParts >= 2) break;
}

function sessions(...args: readonly string[]): Promise<ProgramEnd> {
  return runInProcess(['upload', 'sessions', ...args], { cwd, env: { UPLOAD_SESSION_DIR: join(cwd, 'sessions') } });
}

it(
  'list and show tell what was begun, how far it is, and how long it can be gone on with',
  { timeout: PATIENCE_MS },
  async () => {
    const listed = JSON.parse((await sessions('list', '--json')).stdout) as Readonly<Record<string, unknown>>;
    expect(listed).toMatchObject({
      type: 'session',
      sessionName: 'mine',
      status: 'paused',
      path: join(cwd, 'film.mp4'),
    });
    expect(Number(listed['expiresAtMs']) - Number(listed['createdAtMs'])).toBe(48 * 3_600_000);
    const { stdout } = await sessions('show', 'mine');
    expect(stdout).toContain(`target      dir:${join(cwd, 'there')}`);
    expect(stdout).toMatch(/parts {7}\d of 7/);
  },
);

it('list and show tell a run that was killed from one that is alive', { timeout: PATIENCE_MS }, async () => {
  const name = readdirSync(join(cwd, 'sessions')).find((one) => one.endsWith('.session.json')) ?? '';
  const path = join(cwd, 'sessions', name);
  // Nobody writes down the end of a run that is killed.
  writeFileSync(path, readFileSync(path, 'utf8').replace('"status":"paused"', '"status":"active"'));
  expect((await sessions('list')).stdout).toContain(' interrupted ');
  expect((await sessions('show', 'mine')).stdout).toContain('status      interrupted');
  using store = new UploadStore(join(cwd, 'sessions'));
  store.claim(name.replace('.session.json', ''));
  expect((await sessions('list')).stdout).toContain(' active ');
});

it('a file that was renamed goes on in the session that has the name, under its name there', async () => {
  const settings = { uploadSessionDir: join(cwd, 'sessions'), uploadChunkBytes: 65_536 };
  renameSync(join(cwd, 'film.mp4'), join(cwd, 'moved.mp4'));
  const content = readFileSync(join(cwd, 'moved.mp4'));
  const notes: string[] = [];
  const onNote = (text: string): unknown => notes.push(text);
  writeFileSync(join(cwd, 'twin.mp4'), content); // The same bytes: only one of both goes on.
  const to = { to: 'dir:there', cwd, settings, sessionId: 'mine', onNote };
  const { files } = await uploadFiles(['moved.mp4', 'twin.mp4'], to).finished();
  const names = files.map(({ name, state }) => `${name} ${state}`).sort();
  expect(names).toContain('film.mp4 uploaded');
  expect(names).toHaveLength(2);
  expect(names[1]).toMatch(/^(moved|twin)\.mp4 uploaded$/);
  expect(notes.join('\n')).toMatch(
    /(moved|twin)\.mp4 was called film\.mp4 in the session mine: it continues under that name/,
  );
  expect(readFileSync(join(cwd, 'there', 'film.mp4'))).toEqual(content);
  expect(readdirSync(join(cwd, 'sessions')).filter((one) => one.endsWith('.session.json'))).toEqual([]);
});

it('a copy of a file that is still there is another file', async () => {
  const settings = { uploadSessionDir: join(cwd, 'sessions'), uploadChunkBytes: 65_536 };
  writeFileSync(join(cwd, 'copy.mp4'), readFileSync(join(cwd, 'film.mp4')));
  const { files } = await uploadFiles(['copy.mp4'], { to: 'dir:there', cwd, settings, sessionId: 'mine' }).finished();
  expect(files).toMatchObject([{ name: 'copy.mp4', state: 'uploaded' }]);
  expect(readdirSync(join(cwd, 'sessions')).filter((one) => one.endsWith('.session.json'))).toHaveLength(1);
});

it('resume goes on by the name, and nothing is left to go on with', { timeout: PATIENCE_MS }, async () => {
  expect((await sessions('resume', 'mine')).code).toBe(0);
  expect(readFileSync(join(cwd, 'there', 'film.mp4'))).toEqual(readFileSync(join(cwd, 'film.mp4')));
  expect((await sessions('list')).stdout).toBe('There are no unfinished uploads.\n');
});

it('delete gives it up, with what came of it at the far end', { timeout: PATIENCE_MS }, async () => {
  expect(readdirSync(join(cwd, 'there'))).not.toEqual([]);
  expect(await sessions('delete', 'mine')).toMatchObject({ code: 0, stdout: 'Removed 1 session.\n' });
  expect(readdirSync(join(cwd, 'there'))).toEqual([]);
});

it('clean leaves what has not expired', { timeout: PATIENCE_MS }, async () => {
  expect((await sessions('clean')).stdout).toBe('Removed 0 sessions.\n');
  expect((await sessions('list')).stdout).toContain('mine.');
});

it('a name that none has is refused with the nearest', { timeout: PATIENCE_MS }, async () => {
  const end = await sessions('resume', 'mien');
  expect(end.code).toBe(2);
  expect(end.stderr).toContain('There is no upload session "mien". Did you mean mine?');
});

it(
  'clean --remote says which far end could not be asked, and that is no success',
  { timeout: PATIENCE_MS },
  async () => {
    const place = 's3://bucket/chats';
    {
      using store = new UploadStore(join(cwd, 'sessions'));
      store.begunAt(place).note({ remote: { host: '127.0.0.1:9', key: 'k', uploadId: 'u' }, sessionId: 'gone' });
    }
    const env = {
      UPLOAD_SESSION_DIR: join(cwd, 'sessions'),
      S3_ENDPOINT: 'http://127.0.0.1:9',
      AWS_ACCESS_KEY_ID: 'a',
    };
    const end = await runInProcess(['upload', 'sessions', 'clean', '--remote'], {
      cwd,
      env: { ...env, AWS_SECRET_ACCESS_KEY: 'b' },
    });
    expect(end.stdout).toMatch(/^Removed 0 sessions\.\ns3:\/\/bucket\/chats: nothing was ended: .*127\.0\.0\.1:9/);
    expect(end.code).toBe(4);
    using store = new UploadStore(join(cwd, 'sessions'));
    // The session that can be gone on with keeps what it has begun, too.
    expect(store.targetsWithBegun().toSorted()).toEqual([`dir:${join(cwd, 'there')}`, place]);
  },
);

it('delete and clean with --dry-run list what would go, and remove nothing', { timeout: PATIENCE_MS }, async () => {
  const there = readdirSync(join(cwd, 'there'));
  const end = await sessions('delete', 'mine', '--dry-run');
  expect(end).toMatchObject({ code: 0 });
  expect(end.stdout).toMatch(/mine\.[^]*Would remove 1 session\. Nothing was removed\.\n$/);
  expect((await sessions('clean', '--dry-run')).stdout).toBe('Would remove 0 sessions. Nothing was removed.\n');
  expect((await sessions('clean', '--dry-run', '--remote')).code).toBe(2);
  expect(readdirSync(join(cwd, 'there'))).toEqual(there);
  expect((await sessions('list')).stdout).toContain('mine.');
});

it(
  'an option that means nothing to a command is refused by its name, and nothing is done',
  { timeout: PATIENCE_MS },
  async () => {
    const behind = await sessions('resume', 'mine', '--dry-run');
    expect(behind).toMatchObject({ code: 2 });
    expect(behind.stderr).toContain("unknown option '--dry-run' for 'resume'");
    const env = { UPLOAD_SESSION_DIR: join(cwd, 'sessions') };
    const before = await runInProcess(['upload', '--dry-run', 'sessions', 'delete', 'mine'], { cwd, env });
    expect(before.stdout).toContain('Nothing was removed.');
    expect((await sessions('show', 'mine', '--to', 'dir:there')).stderr).toContain("unknown option '--to' for 'show'");
    expect((await sessions('delete', '--help')).stdout).not.toContain('--bandwidth');
    expect((await sessions('list')).stdout).toContain('mine.');
  },
);
