import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type ProgramEnd, runChatferry, startChatferry } from '../run-chatferry.js';
import { runInProcess } from '../run-in-process.js';

/** Starting the program from its sources takes a second on a busy machine. */
const PATIENCE_MS = 60_000;
const NAMES = ['a.jpg', 'b.jpg', 'c.jpg'];

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'chatferry-upload-'));
  mkdirSync(join(cwd, 'photos'));
  for (const name of NAMES) writeFileSync(join(cwd, 'photos', name), name.repeat(100_000));
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

function chatferry(...args: readonly string[]): Promise<ProgramEnd> {
  return runInProcess(args, { cwd, env: { UPLOAD_SESSION_DIR: join(cwd, '.sessions') } });
}

interface Document extends Readonly<Record<string, unknown>> {
  readonly type: string;
}

function documentsOf({ stdout }: ProgramEnd): readonly Document[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Document);
}

interface ManifestFile {
  readonly files: readonly Readonly<Record<string, unknown>>[];
}

function manifest(name = 'upload-manifest.json'): ManifestFile {
  return JSON.parse(readFileSync(join(cwd, name), 'utf8')) as ManifestFile;
}

describe('chatferry upload', { timeout: PATIENCE_MS }, () => {
  it('brings a folder to a target, and prints a document a file in their order with a summary last', async () => {
    const end = await chatferry('upload', './photos', '--to', 'dir:there', '--json');
    expect(end.code).toBe(0);
    expect(end.stderr).toBe('');
    const documents = documentsOf(end);
    expect(documents.slice(0, -1)).toMatchObject(
      NAMES.map((name) => ({
        type: 'file',
        path: join(cwd, 'photos', name),
        state: 'uploaded',
        remote: join(cwd, 'there', 'photos', name),
        sizeBytes: 500_000,
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
        target: `dir:${join(cwd, 'there')}`,
      })),
    );
    expect(documents.at(-1)).toMatchObject({ type: 'summary', exitCode: 0, targets: [{ uploadedCount: 3 }] });
    for (const name of NAMES) {
      expect(readFileSync(join(cwd, 'there', 'photos', name))).toEqual(readFileSync(join(cwd, 'photos', name)));
    }
  });

  it('writes nothing into an archive and sends nothing into itself: both are refused with the remedy', async () => {
    mkdirSync(join(cwd, 'archive', 'chat'), { recursive: true });
    writeFileSync(join(cwd, 'archive', 'archive.db'), '');
    const place = join('archive', 'chat', 'm.json');
    const written = await chatferry('upload', './photos', '--to', 'dir:there', '--manifest', place);
    expect(written).toMatchObject({ code: 2 });
    expect(written.stderr).toContain(`would lie in the archive`);
    expect(written.stderr).toContain('Name another place for it: --manifest <file>.');
    for (const more of [[], ['--dry-run']]) {
      const inside = await chatferry('upload', 'photos', '--to', 'dir:photos/sub', ...more);
      expect(inside).toMatchObject({ code: 2 });
      expect(inside.stderr).toContain('Name a folder outside of it.');
    }
    const env = { EXPORT_DIR: 'new', EXPORT_UPLOAD_TO: 'dir:new/in', UPLOAD_SESSION_DIR: join(cwd, '.s') };
    const exported = await runChatferry(['export', '@any'], { cwd, env });
    expect(exported).toMatchObject({ code: 2 });
    expect(exported.stderr).toContain(`dir:${join(cwd, 'new', 'in')} lies in`);
    expect(readdirSync(join(cwd, 'archive')).sort()).toEqual(['archive.db', 'chat']);
    expect(existsSync(join(cwd, 'there'))).toBe(false);
  });

  it('sends nothing again that is there, and says so', async () => {
    await chatferry('upload', './photos', '--to', 'dir:there');
    const again = documentsOf(await chatferry('upload', './photos', '--to', 'dir:there', '--json'));
    expect(again.slice(0, -1).map(({ state }) => state)).toEqual(['present', 'present', 'present']);
    expect(again.at(-1)).toMatchObject({ targets: [{ uploadedCount: 0, presentCount: 3 }] });
  });

  it('asks the far end for each file that was sent before, unless --check takes the word of the run before', async () => {
    await chatferry('upload', 'photos', '--to', 'dir:there');
    rmSync(join(cwd, 'there', 'photos', 'b.jpg'));
    const believed = await chatferry('upload', 'photos', '--to', 'dir:there', '--json', '--check', 'remembered');
    expect(documentsOf(believed).at(-1)).toMatchObject({ targets: [{ uploadedCount: 0, presentCount: 3 }] });
    const asked = await chatferry('upload', 'photos', '--to', 'dir:there', '--json');
    expect(documentsOf(asked).at(-1)).toMatchObject({ targets: [{ uploadedCount: 1, presentCount: 2 }] });
  });

  it('leaves a manifest that says what is where, and two uploads leave what both have brought', async () => {
    await Promise.all([
      chatferry('upload', './photos/a.jpg', '--to', 'dir:one'),
      chatferry('upload', './photos/b.jpg', '--to', 'dir:two'),
    ]);
    const entries = manifest().files.map(({ name, remote }) => ({ name, remote }));
    expect(entries).toHaveLength(2);
    expect(entries).toContainEqual({ name: 'a.jpg', remote: join(cwd, 'one', 'a.jpg') });
    expect(entries).toContainEqual({ name: 'b.jpg', remote: join(cwd, 'two', 'b.jpg') });
    expect(readdirSync(cwd).filter((name) => name.includes('manifest'))).toEqual(['upload-manifest.json']);
  });

  it('writes the manifest where --manifest says, and leaves a file there that is none', async () => {
    writeFileSync(join(cwd, 'mine.json'), '{"mine":true}');
    const refused = await chatferry('upload', './photos', '--to', 'dir:there', '--manifest', 'mine.json');
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('mine.json is not an upload manifest');
    expect(existsSync(join(cwd, 'there'))).toBe(false);
    expect(readFileSync(join(cwd, 'mine.json'), 'utf8')).toBe('{"mine":true}');
    await chatferry('upload', './photos', '--to', 'dir:there', '--manifest', 'other.json');
    expect(manifest('other.json').files).toHaveLength(3);
  });

  it('sends one request after the other with --sequential, and leaves the same', async () => {
    await chatferry('upload', './photos', '--to', 'dir:there', '--manifest', 'parallel.json', '--chunk-size', '64KB');
    rmSync(join(cwd, '.sessions'), { recursive: true });
    rmSync(join(cwd, 'there'), { recursive: true });
    const args = ['--to', 'dir:there', '--manifest', 'sequential.json', '--sequential', '--json'];
    const end = await chatferry('upload', './photos', ...args);
    expect(documentsOf(end).at(-1)).toMatchObject({ targets: [{ paths: { parallel: { fileCount: 0 } } }] });
    expect(manifest('sequential.json')).toEqual(manifest('parallel.json'));
  });

  it('calls a file by another name with --name, and refuses that for several', async () => {
    await chatferry('upload', './photos/a.jpg', '--to', 'dir:there', '--name', '../../harbour.jpg');
    expect(readdirSync(join(cwd, 'there'))).toEqual(['.._.._harbour.jpg']);
    const refused = await chatferry('upload', './photos', './photos/a.jpg', '--to', 'dir:there', '--name', 'x');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('--name x is for one file or folder, and 2 are named.');
  });

  it('lists with --dry-run what would be sent, and makes and sends nothing', async () => {
    const end = await chatferry(
      'upload',
      './photos',
      '--to',
      'dir:there',
      '--dry-run',
      '--json',
      '--chunk-size',
      '64KB',
    );
    expect(end.code).toBe(0);
    expect(documentsOf(end)).toMatchObject([
      ...NAMES.map((name) => ({
        type: 'planned',
        name: `photos/${name}`,
        state: 'to-send',
        sizeBytes: 500_000,
        partCount: 8,
      })),
      { type: 'summary', isDryRun: true, sendCount: 3, sendBytes: 1_500_000, refusedCount: 0 },
    ]);
    expect(readdirSync(cwd).sort()).toEqual(['photos']);
  });

  it('lists with --dry-run apart what was sent before', async () => {
    const old = new Date(Date.now() - 60_000);
    utimesSync(join(cwd, 'photos', 'a.jpg'), old, old);
    await chatferry('upload', './photos/a.jpg', '--to', 'dir:there', '--name', 'x.jpg');
    const { stdout } = await chatferry('upload', './photos/a.jpg', '--to', 'dir:there', '--name', 'x.jpg', '--dry-run');
    expect(stdout).toContain('sent before: asked for, and not sent again unless it is gone');
    expect(stdout).toContain('Would send 0 files, 0 B, 1 file sent before. Nothing was sent.');
  });

  it.each([
    [['upload'], 'Name what to upload'],
    [['upload', './photos'], 'Name a target, such as --to dir:/path.'],
    [['upload', './photos', '--to', 'fdp://x'], '"fdp://x" is not a target.'],
    [['upload', './nowhere', '--to', 'dir:there'], 'There is no file or folder "./nowhere".'],
    [['upload', './photos', '--to', 'dir:there', '--session', '../x'], '"../x" cannot name an upload session.'],
    [
      ['upload', './photos', '--to', 'dir:there', '--chunk-size', '1'],
      '--chunk-size on the command line must be a number of bytes',
    ],
  ])('refuses %j with 2', async (args, message) => {
    const end = await chatferry(...args);
    expect(end.code).toBe(2);
    expect(end.stderr).toContain(message);
    expect(existsSync(join(cwd, 'there'))).toBe(false);
  });

  it('ends with 4 and the list of what is not there when a file fails, and brings the others', async () => {
    mkdirSync(join(cwd, 'there', 'photos', 'b.jpg'), { recursive: true });
    const end = await chatferry('upload', './photos', '--to', 'dir:there');
    expect(end.code).toBe(4);
    expect(end.stdout).toContain(`Not there:\n  ${join(cwd, 'photos', 'b.jpg')}: `);
    expect(end.stdout).toContain('2 files there');
    expect(manifest().files.map(({ name }) => name)).toEqual(['photos/a.jpg', 'photos/c.jpg']);
  });

  it('ends with 7 when the target cannot be reached', async () => {
    const env = { UPLOAD_SESSION_DIR: join(cwd, '.sessions'), UPLOAD_MAX_RETRIES: '0' };
    const args = ['upload', './photos', '--to', 'tus+http://127.0.0.1:9/files'];
    const end = await runChatferry(args, { cwd, env });
    expect(end.code).toBe(7);
    expect(end.stdout).toContain('Stopped: The connection to 127.0.0.1:9 failed');
    expect(existsSync(join(cwd, 'upload-manifest.json'))).toBe(false);
  });

  it('leaves a session at Ctrl-C, says how to go on, and goes on with what was sent', async () => {
    writeFileSync(join(cwd, 'film.mp4'), Buffer.alloc(2_000_000, 7));
    const args = ['upload', './film.mp4', '--to', 'dir:there', '--session', 'film', '--bandwidth', '400KB'];
    const env = { UPLOAD_SESSION_DIR: join(cwd, '.sessions') };
    const child = startChatferry([...args, '--chunk-size', '64KB', '--progress', 'ndjson'], { cwd, env });
    child.stdin.end();
    let stdout = '';
    let stderr = '';
    let isTold = false;
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      // Once: the second Ctrl-C ends the program at once.
      if (!isTold && stdout.includes('"doneParts":2')) isTold = child.kill('SIGINT');
    });
    const [code] = (await once(child, 'close')) as [number | null];
    expect(code).toBe(6);
    expect(stderr).toContain('Interrupted. Finished work is safe');
    expect(stdout).toContain(`"goOnWith":"chatferry upload ./film.mp4 --to dir:there --session film`);

    const listed = documentsOf(await chatferry('upload', 'sessions', 'list', '--json'));
    expect(listed).toMatchObject([{ type: 'session', sessionName: 'film', status: 'paused' }]);
    expect(listed[0]?.['doneParts']).toBeGreaterThanOrEqual(2);

    const resumed = await runChatferry([...args.slice(0, -2), '--progress', 'ndjson'], { cwd, env });
    expect(resumed.code).toBe(0);
    const percentages = documentsOf(resumed).flatMap(({ type, percentage }) => (type === 'upload' ? [percentage] : []));
    expect(percentages[0]).toBeGreaterThan(0);
    expect(percentages).toEqual([...percentages].sort((a, b) => Number(a) - Number(b)));
    expect(percentages.at(-1)).toBe(100);
    expect(readFileSync(join(cwd, 'there', 'film.mp4'))).toEqual(readFileSync(join(cwd, 'film.mp4')));
    expect((await chatferry('upload', 'sessions', 'list')).stdout).toBe('There are no unfinished uploads.\n');
  });
});

describe('chatferry upload verify', { timeout: PATIENCE_MS }, () => {
  it('compares by hash, with --read by reading back, and says which', async () => {
    await chatferry('upload', './photos', '--to', 'dir:there');
    const end = await chatferry('upload', 'verify', 'upload-manifest.json');
    expect(end).toMatchObject({ code: 0, stdout: 'All there: 3 files; compared: 3 by sha256.\n' });
    const read = documentsOf(await chatferry('upload', 'verify', 'upload-manifest.json', '--read', '--json'));
    expect(read.map(({ type, state, by }) => ({ type, state, by })).slice(0, -1)).toEqual(
      NAMES.map(() => ({ type: 'verified', state: 'same', by: 'read' })),
    );
    expect(read.at(-1)).toEqual({
      type: 'summary',
      exitCode: 0,
      soundCount: 3,
      troubleCount: 0,
      comparedBy: { read: 3 },
    });
  });

  it('lists what is changed and what is gone, and ends with 4', async () => {
    await chatferry('upload', './photos', '--to', 'dir:there');
    writeFileSync(join(cwd, 'there', 'photos', 'a.jpg'), 'other');
    rmSync(join(cwd, 'there', 'photos', 'b.jpg'));
    const end = await chatferry('upload', 'verify', 'upload-manifest.json');
    expect(end.code).toBe(4);
    expect(end.stdout).toContain(`different: The sha256 of ${join(cwd, 'there', 'photos', 'a.jpg')} is `);
    expect(end.stdout).toContain(`missing: ${join(cwd, 'there', 'photos', 'b.jpg')} no longer exists.`);
  });

  it('ends with 7 where the folder of the target is not there, and makes none', async () => {
    await chatferry('upload', './photos', '--to', 'dir:there');
    rmSync(join(cwd, 'there'), { recursive: true });
    for (const to of [[], ['--to', 'dir:there']]) {
      const end = await chatferry('upload', 'verify', 'upload-manifest.json', ...to);
      expect(end.code).toBe(7);
      expect(end.stdout).toContain(`failed: There is no folder ${join(cwd, 'there')}, so its files were not checked`);
      expect(end.stdout).not.toContain('missing:');
    }
    expect(existsSync(join(cwd, 'there'))).toBe(false);
  });

  it('names each file that could not be read apart from those that are not as they were', async () => {
    await chatferry('upload', './photos', '--to', 'dir:there');
    writeFileSync(join(cwd, 'there', 'photos', 'a.jpg'), 'other');
    rmSync(join(cwd, 'there', 'photos', 'b.jpg'));
    rmSync(join(cwd, '.sessions'), { recursive: true });
    const { stdout } = await chatferry('upload', 'verify', 'upload-manifest.json');
    for (const name of NAMES) expect(stdout).toMatch(new RegExp(`^unnamed: .*${name}`, 'm'));
    expect(stdout).toContain('\nNot asked for: 3 of 3 files.');
    const named = await chatferry('upload', 'verify', 'upload-manifest.json', '--to', 'dir:there', '--read');
    expect(named.stdout).toContain('\nNot as it was: 2 of 3 files; compared: ');
  });

  it('asks no target of a strange manifest but those that the user names', async () => {
    await chatferry('upload', './photos', '--to', 'dir:there');
    rmSync(join(cwd, '.sessions'), { recursive: true });
    const strange = await chatferry('upload', 'verify', 'upload-manifest.json');
    expect(strange.code).toBe(4);
    expect(strange.stdout).toContain(`This user has never uploaded to dir:${join(cwd, 'there')}`);
    const named = await chatferry('upload', 'verify', 'upload-manifest.json', '--to', 'dir:there');
    expect(named.code).toBe(0);
  });

  it('looks at no file that does not lie at the target', async () => {
    await chatferry('upload', './photos/a.jpg', '--to', 'dir:there');
    const text = readFileSync(join(cwd, 'upload-manifest.json'), 'utf8');
    const outside = JSON.stringify(join(cwd, 'photos', 'a.jpg'));
    writeFileSync(join(cwd, 'upload-manifest.json'), text.replace(/"remoteId": "[^"]*"/, `"remoteId": ${outside}`));
    const [file] = documentsOf(await chatferry('upload', 'verify', 'upload-manifest.json', '--json'));
    expect(file).toMatchObject({
      state: 'unnamed',
      reason: expect.stringContaining('is not at dir:') as unknown,
    });
  });

  it('fails a file whose id no file can have, and looks at those behind it', async () => {
    await chatferry('upload', './photos', '--to', 'dir:there');
    const text = readFileSync(join(cwd, 'upload-manifest.json'), 'utf8');
    writeFileSync(join(cwd, 'upload-manifest.json'), text.replace(/("remoteId": "[^"]*)"/, '$1\\u0000"'));
    const end = await chatferry('upload', 'verify', 'upload-manifest.json', '--json');
    expect(end.code).toBe(4);
    expect(documentsOf(end).map(({ state }) => state)).toEqual(['failed', 'same', 'same', undefined]);
  });

  it.each(['', '{', '{"type":"chatferry-upload-manifest","version":2,"files":[]}', '[]'])(
    'refuses %j, which is no manifest, with 2',
    async (text) => {
      writeFileSync(join(cwd, 'odd.json'), text);
      const end = await chatferry('upload', 'verify', 'odd.json');
      expect(end.code).toBe(2);
      expect(end.stderr).toContain('odd.json is not an upload manifest');
    },
  );
});
