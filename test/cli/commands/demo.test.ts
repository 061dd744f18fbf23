import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { runChatferry, startChatferry } from '../run-chatferry.js';

let cwd: string;

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'chatferry-demo-'));
});

afterAll(() => {
  rmSync(cwd, { recursive: true, force: true });
});

describe('chatferry demo', () => {
  it('says what keeps its Telegram from starting', async () => {
    writeFileSync(join(cwd, 'a-file'), 'no ffmpeg');
    const end = await runChatferry(['demo'], { cwd, env: { FFMPEG_PATH: join(cwd, 'a-file') } });
    expect(end.code).toBe(2);
    expect(end.stderr).toMatch(/^error: FFMPEG_PATH is ".*a-file"/m);
  });

  it('carries the archive on to a server that it starts, reads it back, and leaves nothing but the archive', async () => {
    const temporary = join(cwd, 'temporary');
    mkdirSync(temporary);
    const end = await runChatferry(['demo', '--upload'], {
      cwd,
      env: { TMPDIR: temporary, MEDIA_DERIVATIVES: 'false' },
    });
    expect(end.code, end.stderr).toBe(0);
    const [, count, early] =
      /^Uploaded (\d+) files \(.*\) to tus\+http:\/\/127\.0\.0\.1:\d+\/files\/, (\d+) of them/m.exec(end.stdout) ?? [];
    // With the database, and without what is only there while an archive is written to.
    const paths = readdirSync(join(cwd, 'exports', 'demo'), { recursive: true, withFileTypes: true });
    const files = paths.filter((entry) => entry.isFile() && entry.name !== 'archive.lock');
    expect(Number(count)).toBe(files.length);
    expect(Number(early)).toBeGreaterThan(0);
    expect(end.stdout).toContain(
      `Read ${String(count)} files back and compared by SHA-256: all are as in the archive.`,
    );
    // The loader of these tests has its own folder there.
    expect(readdirSync(temporary).filter((name) => name.startsWith('chatferry-'))).toEqual([]);
    expect(existsSync(join(cwd, '.config'))).toBe(false);
    const again = await runChatferry(['demo', '--upload'], { cwd, env: { MEDIA_DERIVATIVES: 'false' } });
    expect(again.stdout).toMatch(/^Uploaded \d+ files .* when the export was done\.$/m);
    expect(again.stdout).toContain(`${join(cwd, 'exports', 'demo')} already contains the demo`);
  }, 240_000);

  it('shows how its upload stands, as that of any export', async () => {
    const args = ['demo', '--upload', '--json'];
    const end = await runChatferry(args, { cwd, env: { MEDIA_DERIVATIVES: 'false', EXPORT_DIR: join(cwd, 'shown') } });
    expect(end.code, end.stderr).toBe(0);
    const documents = end.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    const shown = documents.filter(({ type }) => type === 'upload-progress');
    const { target, fileCount } = documents.find(({ type }) => type === 'demo-upload') ?? {};
    expect(shown.length).toBeGreaterThan(1);
    expect(shown.at(-1)).toMatchObject({ target, doneFiles: fileCount, failedFiles: 0 });
  }, 240_000);

  it.skipIf(process.platform === 'win32')('ends in order while its Telegram is still being made', async () => {
    const child = startChatferry(['demo'], { cwd });
    const end = once(child, 'close') as Promise<[number | null]>;
    let said = '';
    for await (const text of child.stderr.setEncoding('utf8') as AsyncIterable<string>) {
      said += text;
      if (text.includes('Starting a Telegram')) child.kill('SIGINT');
    }
    expect(said).toContain('error: Interrupted.'); // One that is ended by force does not come to say so.
    expect((await end)[0]).toBe(6);
  });
});
