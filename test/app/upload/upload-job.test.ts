import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { exitCodeOfUpload, type UploadReport } from '../../../src/app/upload/job-report.js';
import { UploadJob, type UploadJobOptions } from '../../../src/app/upload/upload-job.js';
import { chooseUploads } from '../../../src/app/upload/items/choose-uploads.js';
import { loadSettings } from '../../../src/config/load-settings.js';
import { SessionFiles } from '../../../src/upload/session/session-files.js';
import type { UploadedFile } from '../../../src/upload/uploaded-file.js';
import type { UploadSession } from '../../../src/upload/session/upload-session.js';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'chatferry-job-'));
  mkdirSync(join(root, 'photos'));
  for (const name of ['a', 'b', 'c']) writeFileSync(join(root, 'photos', `${name}.jpg`), name.repeat(1000));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

interface Run {
  readonly files: readonly UploadedFile[];
  readonly report: UploadReport;
  readonly notes: readonly string[];
}

async function runJob(to: readonly string[], more: Partial<UploadJobOptions> = {}): Promise<Run> {
  const notes: string[] = [];
  const onNote = (text: string): unknown => notes.push(text);
  const env = { UPLOAD_SESSION_DIR: join(root, 'sessions'), UPLOAD_MAX_RETRIES: '0' };
  const { settings } = loadSettings({ cwd: root, env, homeDirectory: root });
  const job = new UploadJob({
    to,
    openItems: (opening) =>
      chooseUploads({
        ...opening,
        written: ['./photos'],
        cwd: root,
        exportDir: settings.exportDir,
        account: undefined,
        onNote,
      }),
    settings,
    cwd: root,
    reporter: { event: () => undefined },
    onNote,
    signal: new AbortController().signal,
    ...more,
  });
  const files: UploadedFile[] = [];
  const run = job.run();
  for (;;) {
    const next = await run.next();
    if (next.done === true) return { files, report: next.value, notes };
    files.push(next.value);
  }
}

it('files come to all targets, in the order of the files, target by target', async () => {
  const { files, report } = await runJob(['dir:one', 'dir:two', 'dir:one']);
  const names = ['photos/a.jpg', 'photos/b.jpg', 'photos/c.jpg'];
  const [one, two] = [`dir:${join(root, 'one')}`, `dir:${join(root, 'two')}`];
  expect(files.map(({ name, target, state }) => ({ name, target, state }))).toEqual(
    [one, two].flatMap((target) => names.map((name) => ({ name, target, state: 'uploaded' }))),
  );
  for (const name of names) expect(readFileSync(join(root, 'two', name))).toEqual(readFileSync(join(root, name)));
  expect(report.targets).toMatchObject([one, two].map((target) => ({ target, uploadedCount: 3, sizeBytes: 3000 })));
  expect(exitCodeOfUpload(report)).toBe(0);
  expect(readdirSync(join(root, 'sessions')).filter((name) => name.endsWith('.json'))).toEqual([]);
});

it('a target that cannot be reached keeps no other from being sent to, and ends with 7', async () => {
  const { files, report } = await runJob(['tus+http://127.0.0.1:9/files', 'dir:there']);
  expect(files.map(({ state }) => state)).toEqual([
    ...Array<string>(3).fill('failed'),
    ...Array<string>(3).fill('uploaded'),
  ]);
  expect(report.targets).toMatchObject([
    { target: 'tus+http://127.0.0.1:9/files', uploadedCount: 0, failure: { code: 'UNREACHABLE' } },
    { uploadedCount: 3 },
  ]);
  expect(exitCodeOfUpload(report)).toBe(7);
});

it('a folder that cannot be made keeps no other target from being sent to, and ends with 7', async () => {
  writeFileSync(join(root, 'file'), ''); // A file has the place of the folder above.
  const { files, report } = await runJob([`dir:${join(root, 'file', 'x')}`, 'dir:there']);
  expect(files.map(({ state }) => state)).toEqual([
    ...Array<string>(3).fill('failed'),
    ...Array<string>(3).fill('uploaded'),
  ]);
  expect(report.targets).toMatchObject([
    {
      uploadedCount: 0,
      failedCount: 3,
      failure: { code: 'STORE_REFUSED', message: expect.stringMatching(/^Cannot create the folder .*x: /) as unknown },
    },
    { uploadedCount: 3 },
  ]);
  expect(exitCodeOfUpload(report)).toBe(7);
});

it('a folder that takes none of the files ends with 7, and leaves no session', async () => {
  mkdirSync(join(root, 'there'));
  writeFileSync(join(root, 'there', 'photos'), 'A file has the name of their folder.');
  const { files, report } = await runJob(['dir:there']);
  expect(files).toMatchObject(['a', 'b', 'c'].map(() => ({ state: 'failed', code: 'STORE_REFUSED' })));
  expect(exitCodeOfUpload(report)).toBe(7);
  expect(readdirSync(join(root, 'sessions')).filter((name) => name.endsWith('.json'))).toEqual([]);
});

it('a file that fails is listed, the others come, and the exit code is 4', async () => {
  mkdirSync(join(root, 'there', 'photos', 'b.jpg'), { recursive: true }); // A folder has its name there.
  const { files, report } = await runJob(['dir:there']);
  expect(files.map(({ state }) => state)).toEqual(['uploaded', 'failed', 'uploaded']);
  expect(exitCodeOfUpload(report)).toBe(4);
  expect(readdirSync(join(root, 'sessions')).filter((name) => name.endsWith('.json'))).toEqual([]);
});

it('memory above its limit turns files back to one after the other, and says so', async () => {
  const { report, notes } = await runJob(['dir:there'], { memoryLimitBytes: 1 });
  expect(report.targets[0]?.turnedBack).toBe('memory is above its limit');
  expect(report.targets[0]?.paths).toMatchObject({ parallel: { fileCount: 0 }, sequential: { fileCount: 3 } });
  expect(notes.join()).toContain('one file after the other, because memory is above its limit');
});

it('without parallel requests all files take the other path', async () => {
  const { report } = await runJob(['dir:there'], { isSequential: true });
  expect(report.targets[0]?.paths).toMatchObject({ parallel: { fileCount: 0 }, sequential: { fileCount: 3 } });
});

it.each(['', '../x', '.hidden', 'a b', 'x'.repeat(80)])('"%s" names no session', async (sessionName) => {
  await expect(runJob(['dir:x'], { sessionName })).rejects.toThrow(`"${sessionName}" cannot name an upload session.`);
});

it('sessions that have expired are removed at the start, with what came of them at the far end', async () => {
  const aside = join(root, 'there', `.${'0'.repeat(20)}.uploading`);
  mkdirSync(join(root, 'there'));
  writeFileSync(aside, 'half');
  const sessions = await SessionFiles.open(join(root, 'sessions'));
  const session: UploadSession = {
    version: 1,
    id: 'old',
    path: join(root, 'old.jpg'),
    target: `dir:${join(root, 'there')}`,
    name: 'old.jpg',
    sizeBytes: 8,
    sha256: '0'.repeat(64),
    modifiedNs: '0',
    inode: '0',
    partBytes: 4,
    remote: { aside, path: join(root, 'there', 'old.jpg') },
    parts: [],
    createdAtMs: 0,
    updatedAtMs: 0,
    expiresAtMs: Date.now() - 1,
    shownPercentage: 50,
    status: 'paused',
  };
  await sessions.write(session);
  await sessions.write({ ...session, id: 'young', expiresAtMs: Date.now() + 3_600_000 });
  const { notes } = await runJob(['dir:there']);
  expect((await sessions.list()).map(({ id }) => id)).toEqual(['young']);
  expect(readdirSync(join(root, 'there'))).toEqual(['photos']);
  expect(notes).toContain('Removed 1 upload session that had expired.');
});
