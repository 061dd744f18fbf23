import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { exitCodeOfUpload, type UploadReport } from '../../../src/app/upload/job-report.js';
import { UploadJob, type UploadJobOptions } from '../../../src/app/upload/upload-job.js';
import { chooseUploads } from '../../../src/app/upload/items/choose-uploads.js';
import { loadSettings } from '../../../src/config/load-settings.js';
import { SessionFiles } from '../../../src/upload/session/session-files.js';
import type { UploadedFile } from '../../../src/upload/uploaded-file.js';
import type { UploadSession } from '../../../src/upload/session/upload-session.js';
import { each } from '../../upload/upload-run.js';

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

describe('Where what was sent before is to be believed', () => {
  const believing = { check: 'remembered' } as const;

  it('a folder that is gone is told, and not made, and the upload ends with 7', async () => {
    await runJob(['dir:there']);
    rmSync(join(root, 'there'), { recursive: true });
    const { files, report } = await runJob(['dir:there'], believing);
    expect(files).toMatchObject(Array(3).fill({ state: 'failed', isGivenUp: true }));
    expect(report.targets).toMatchObject([{ presentCount: 0, failure: { code: 'UNREACHABLE' } }]);
    expect(report.targets[0]?.failure?.message).toMatch(/There is no folder .* mount that, then/);
    expect(exitCodeOfUpload(report)).toBe(7);
    expect(existsSync(join(root, 'there'))).toBe(false);
  });

  it('a folder without any of the files, as a mount point is, is told, and one that has some is believed', async () => {
    await runJob(['dir:there']);
    renameSync(join(root, 'there'), join(root, 'away'));
    mkdirSync(join(root, 'there'));
    const { report } = await runJob(['dir:there'], believing);
    expect(report.targets[0]?.failure?.message).toMatch(/^None of 3 earlier files .* --check far-end/);
    expect(exitCodeOfUpload(report)).toBe(7);
    rmSync(join(root, 'there'), { recursive: true });
    renameSync(join(root, 'away'), join(root, 'there'));
    rmSync(join(root, 'there', 'photos', 'a.jpg'));
    expect(exitCodeOfUpload((await runJob(['dir:there'], believing)).report)).toBe(0);
  });

  it('a folder that nothing was sent to is made as ever', async () => {
    expect(exitCodeOfUpload((await runJob(['dir:there'], believing)).report)).toBe(0);
    expect(readdirSync(join(root, 'there', 'photos'))).toHaveLength(3);
  });
});

it('what a target was given up for says what to do', async () => {
  const { report } = await runJob(['tus+http://127.0.0.1:9/files']);
  expect(report.targets[0]?.failure?.message).toMatch(
    /failed: .*ECONNREFUSED.* Check its address and the network\. Nothing is lost: the same command continues/,
  );
});

it('a file of an archive that is gone is fetched again by the next export, which is said', async () => {
  const gone = { path: join(root, 'gone.jpg'), name: 'gone.jpg', sha256: '0'.repeat(64) };
  const openItems = () =>
    Promise.resolve({ sources: [], items: () => each([gone]), [Symbol.asyncDispose]: () => Promise.resolve() });
  const { files, report } = await runJob(['dir:there'], { openItems });
  expect(files).toMatchObject([{ state: 'failed', code: 'FILE_LOST' }]);
  expect(files[0]).toHaveProperty('reason', expect.stringContaining('The next export fetches it again'));
  expect(exitCodeOfUpload(report)).toBe(4);
});

it.each(['file', ...(process.platform === 'linux' ? ['/proc/x'] : [])])(
  'a place that sessions cannot be kept in, %s, is a wrong setting with a remedy',
  async (place) => {
    writeFileSync(join(root, 'file'), '');
    const env = { UPLOAD_SESSION_DIR: resolve(root, place) };
    const { settings } = loadSettings({ cwd: root, env, homeDirectory: root });
    const ended = runJob(['dir:there'], { settings });
    const message = expect.stringMatching(/^Upload sessions cannot be kept in .* Set UPLOAD_SESSION_DIR to/) as unknown;
    await expect(ended).rejects.toMatchObject({ code: 'USAGE', message });
  },
);
