import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  linkSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, describe, expect, it } from 'vitest';

import { requireReportPlace, writeReport } from '../../src/cli/report-file.js';
import { temporaryDirectory } from '../archive/temporary-directory.js';
import { Canary, HOSTILE_ENTRIES } from '../disk/hostile-entries.js';
import { runChatferry } from './run-chatferry.js';

const { signal } = new AbortController();
const cwd = mkdtempSync(join(tmpdir(), 'chatferry-report-'));
writeFileSync(join(cwd, 'a.txt'), 'text');

afterAll(() => {
  rmSync(cwd, { recursive: true, force: true });
});

describe('a report', () => {
  it('replaces an earlier one whole, and leaves another name of it as it was', async () => {
    const file = join(temporaryDirectory(), 'report.json');
    writeFileSync(file, 'earlier');
    linkSync(file, `${file}.kept`);
    await requireReportPlace(file);
    await writeReport(file, { a: 1 }, signal);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ a: 1 });
    expect(readFileSync(`${file}.kept`, 'utf8')).toBe('earlier');
  });

  it
    .skipIf(process.platform === 'win32')
    .each(
      HOSTILE_ENTRIES.filter(
        (entry) => !['a file of something else', 'a huge file', 'a hard link', 'a device'].includes(entry),
      ),
    )('is refused before the work and after it where %s is, which stays as it is', async (entry) => {
    const folder = temporaryDirectory();
    const canary = new Canary(join(folder, 'outside'));
    const file = join(folder, 'report.json');
    canary.put(entry, file);
    await expect(requireReportPlace(file)).rejects.toMatchObject({ code: 'USAGE' });
    await expect(writeReport(file, {}, signal)).rejects.toMatchObject({ code: expect.any(String) as string });
    expect(canary.state()).toBe(canary.before);
  });

  it.skipIf(!existsSync('/dev/fd/1'))('goes to standard output, and to a pipe that a shell has opened', async () => {
    const [plain, piped] = await Promise.all([
      runChatferry(['process', 'a.txt', '--quiet', '--report', '/dev/stdout'], { cwd, shell: { redirect: '| cat' } }),
      runChatferry(['process', 'a.txt', '--quiet', '--report', '/dev/fd/3'], {
        cwd,
        shell: { redirect: '3>&1 | cat' },
      }),
    ]);
    for (const { stdout } of [plain, piped]) expect(stdout).toContain('"unreadable": []');
  });

  it.skipIf(!existsSync('/dev/fd/1'))(
    'is refused before the work where nothing is open under that number',
    async () => {
      await expect(requireReportPlace('/dev/fd/4321')).rejects.toMatchObject({ code: 'USAGE' });
    },
  );

  it.skipIf(process.platform !== 'linux')('waits for the reader of a pipe, and Ctrl-C ends the waiting', async () => {
    const fifo = join(temporaryDirectory(), 'pipe');
    execFileSync('mkfifo', [fifo]);
    const ends = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
    const long = 'a'.repeat(1_000_000); // A pipe holds 64 KB.
    const interrupted = new AbortController();
    const stuck = writeReport(`/dev/fd/${ends}`, { long }, interrupted.signal);
    stuck.catch(() => undefined);
    await readOnce(ends); // It has begun, and there is more than the pipe takes.
    interrupted.abort(new Error('Ctrl-C'));
    await expect(stuck).rejects.toThrow('Ctrl-C');
    let left = ' ';
    while (left !== '') left = await readOnce(ends);

    const written = writeReport(`/dev/fd/${ends}`, { long }, signal);
    let text = '';
    for (let piece = ' '; piece !== '';) text += piece = await readOnce(ends);
    await written;
    expect((JSON.parse(text) as { readonly long: string }).long).toBe(long);
    closeSync(ends);
  });
});

/** What a pipe holds at most; empty after a moment in which it holds nothing. */
async function readOnce(descriptor: number): Promise<string> {
  const buffer = Buffer.alloc(64 * 1024);
  for (let turn = 0; turn < 50; turn += 1) {
    try {
      return buffer.toString('latin1', 0, readSync(descriptor, buffer));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      await sleep(5);
    }
  }
  return '';
}
