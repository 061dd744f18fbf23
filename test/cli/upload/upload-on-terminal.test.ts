import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect } from 'vitest';

import { itOnTerminal, ON_TERMINAL } from '../on-terminal.js';
import { commandLine } from '../run-chatferry.js';
import { drawnRows } from '../terminal/drawn-rows.js';

const PATIENCE_MS = 90_000;
const NAMES = ['a.mp4', 'b.mp4', 'c.mp4'];
const SHOW_CURSOR = '\u001B[?25h';

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'chatferry-bars-'));
  mkdirSync(join(cwd, 'films'));
  for (const name of NAMES) writeFileSync(join(cwd, 'films', name), name.repeat(60_000)); // 300,000 bytes.
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

interface TerminalEnd {
  readonly code: number | null;
  readonly shown: string;
}

interface Visit {
  /** What the program shows before it is left alone, or sent the signal. */
  readonly waitFor: string;
  readonly signal?: 'INT';
  readonly columns?: number;
}

async function onTerminal(args: readonly string[], visit: Visit): Promise<TerminalEnd> {
  const { waitFor, signal = null, columns = 80 } = visit;
  const env = { UPLOAD_SESSION_DIR: join(cwd, 'sessions'), TERM: 'xterm', LANG: 'C.UTF-8' };
  const { line, environment } = commandLine(args, { cwd, env });
  const child = spawn('python3', [ON_TERMINAL], { cwd, env: environment });
  child.stdin.end(JSON.stringify({ line, steps: [[waitFor, '']], signal, columns }));
  const [shown, trouble] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect(trouble).toBe('');
  return JSON.parse(shown) as TerminalEnd;
}

describe('an upload on a terminal', { timeout: PATIENCE_MS }, () => {
  itOnTerminal('shows files, bytes and the file on its way, in rows that fit', async () => {
    const args = ['upload', './films', '--to', 'dir:there', '--chunk-size', '64KB', '--bandwidth', '400KB'];
    for (const columns of [40, 80, 120]) {
      rmSync(join(cwd, 'there'), { recursive: true, force: true });
      const end = await onTerminal(args, { waitFor: 'lists the uploaded files', columns });
      expect(end.code).toBe(0);
      const files = drawnRows(end.shown, 'Files');
      const bytes = drawnRows(end.shown, 'Bytes');
      const now = drawnRows(end.shown, 'Now');
      for (const row of [...files, ...bytes, ...now]) expect(row.length).toBeLessThan(columns);
      expect(files.at(-1)).toMatch(/█+ 3 of 3$/);
      expect(bytes.at(-1)).toMatch(columns === 40 ? /█+ 100 %/ : /█+ 100 % .*900 kB of 900 kB$/);
      expect(now.join('\n')).toMatch(/Now {7}[abc]\.mp4 · part \d of 5/);
      expect(end.shown).toContain(SHOW_CURSOR);
    }
  });

  itOnTerminal('stopped by Ctrl-C says how to go on, and the same command begins where that stopped', async () => {
    const args = ['upload', './films', '--to', 'dir:there', '--chunk-size', '64KB'];
    const stopped = await onTerminal([...args, '--bandwidth', '100KB'], { waitFor: 'of 5 · Uploading', signal: 'INT' });
    expect(stopped.code).toBe(6);
    expect(stopped.shown).toContain('Interrupted. Finished work is safe');
    expect(stopped.shown.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(stopped.shown.lastIndexOf('Now       '));
    const resumed = await onTerminal([...args, '--bandwidth', '400KB'], { waitFor: 'lists the uploaded files' });
    expect(resumed.code).toBe(0);
    expect(drawnRows(resumed.shown, 'Bytes').at(-1)).toMatch(/ 100 % .*900 kB of 900 kB$/);
    for (const name of NAMES)
      expect(readFileSync(join(cwd, 'there', 'films', name))).toEqual(readFileSync(join(cwd, 'films', name)));
  });

  itOnTerminal('of files that are there already ends with all bytes', async () => {
    const args = ['upload', './films', '--to', 'dir:there'];
    await onTerminal(args, { waitFor: 'lists the uploaded files' });
    const again = await onTerminal(args, { waitFor: 'lists the uploaded files' });
    expect(again.code).toBe(0);
    expect(drawnRows(again.shown, 'Files').at(-1)).toMatch(/█{24} 3 of 3$/);
    expect(drawnRows(again.shown, 'Bytes').at(-1)).toMatch(/█{24} 100 % · 900 kB of 900 kB$/);
    expect(again.shown).toContain('3 files there (900 kB), 3 of them before');
  });
});
