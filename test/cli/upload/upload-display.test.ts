import { stripVTControlCharacters } from 'node:util';

import { describe, expect, it } from 'vitest';

import { Terminal } from '../../../src/cli/terminal/terminal.js';
import type { UploadDisplay } from '../../../src/cli/upload/display.js';
import { UploadBars } from '../../../src/cli/upload/upload-bars.js';
import { type DisplayKind, openDisplay } from '../../../src/cli/upload/upload-display.js';
import { UploadLines } from '../../../src/cli/upload/upload-lines.js';
import type { UploadProgress, UploadStage } from '../../../src/upload/progress/upload-progress.js';
import { CapturedStream } from '../terminal/captured-stream.js';

const SHOW_CURSOR = '\u001B[?25h';
const HIDE_CURSOR = '\u001B[?25l';

function event(stage: UploadStage, more: Partial<UploadProgress> = {}): UploadProgress {
  return {
    ...{ type: 'upload', taskId: '1', file: '/films/harbour.mp4', target: 'dir:/mnt', percentage: 25 },
    ...{ message: stage === 'complete' ? 'Uploaded' : 'Uploading', sizeBytes: 400, sentBytes: 100, totalBytes: 400 },
    ...{ doneParts: 2, partCount: 12, bytesPerSecond: 50, timestampMs: 0 },
    stage,
    ...more,
  };
}

interface Stage {
  readonly terminal: Terminal;
  readonly stdout: CapturedStream;
  readonly stderr: CapturedStream;
}

function stage({ json = false, quiet = false, isTTY = false, stdout = new CapturedStream(isTTY) } = {}): Stage {
  const stderr = new CapturedStream(isTTY);
  const redact = (text: string): string => text;
  return { terminal: new Terminal({ stdout, stderr, json, quiet, color: false, redact }), stdout, stderr };
}

/** What a display writes of an upload of two files. */
async function shown(on: Stage, chosen?: DisplayKind): Promise<UploadDisplay> {
  using display = await openDisplay(on.terminal, chosen);
  display.measured({ fileCount: 2, bytes: 800 });
  display.event(event('uploading'));
  display.event(event('complete', { sentBytes: 400, percentage: 100 }));
  return display;
}

describe('the display of an upload', () => {
  it('is bars on a terminal, which are taken down in the end', async () => {
    const on = stage({ isTTY: true });
    const display = await shown(on);
    expect(display).toBeInstanceOf(UploadBars);
    expect(display.wantsTotals).toBe(true);
    expect(on.stdout.text).toBe('');
    const { text } = on.stderr;
    expect(text.indexOf(HIDE_CURSOR)).toBeGreaterThanOrEqual(0);
    expect(text.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(text.lastIndexOf(HIDE_CURSOR));
    const plain = stripVTControlCharacters(text);
    expect(plain).toMatch(/Files {5}█{12}░{12} 1 of 2/);
    expect(plain).toMatch(/Bytes {5}█{12}░{12} 50 % .*400 B of 800 B/);
    expect(plain).toMatch(/Now/);
    // What is said from now on does not go through them.
    on.terminal.say('after');
    expect(on.stderr.text.endsWith('after\n')).toBe(true);
  });

  it('is lines elsewhere, on stderr', async () => {
    const on = stage();
    const display = await shown(on);
    expect(display).toBeInstanceOf(UploadLines);
    expect(display.wantsTotals).toBe(true);
    expect(on.stdout.text).toBe('');
    expect(on.stderr.lines).toEqual([expect.stringMatching(/^harbour\.mp4: /)]);
  });

  it.each([{ json: true }, { quiet: true }, { json: true, isTTY: true }, { quiet: true, isTTY: true }])(
    'is nothing where %j is asked for, and counts nothing',
    async (how) => {
      const on = stage(how);
      expect((await shown(on)).wantsTotals).toBe(false);
      expect(on.stdout.text + on.stderr.text).toBe('');
    },
  );

  it('is what --progress says', async () => {
    const none = stage({ isTTY: true });
    expect((await shown(none, 'none')).wantsTotals).toBe(false);
    expect(none.stdout.text + none.stderr.text).toBe('');
    expect(await shown(stage({ isTTY: true }), 'lines')).toBeInstanceOf(UploadLines);
    expect(await shown(stage({ json: true }), 'bars')).toBeInstanceOf(UploadBars);
  });

  it('with ndjson is each event as a document on stdout', async () => {
    const on = stage({ json: true });
    expect((await shown(on, 'ndjson')).wantsTotals).toBe(false);
    expect(on.stdout.lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      event('uploading'),
      event('complete', { sentBytes: 400, percentage: 100 }),
    ]);
  });

  it('with ndjson leaves steps out while its reader is behind, and never an end', async () => {
    class SlowReader extends CapturedStream {
      override readonly queuedBytes: number = 64 * 1024 + 1;
    }
    const on = stage({ json: true, stdout: new SlowReader() });
    using display = await openDisplay(on.terminal, 'ndjson');
    for (const one of ['preparing', 'uploading', 'complete', 'failed'] as const) display.event(event(one));
    const stages = on.stdout.lines.map((line) => (JSON.parse(line) as UploadProgress).stage);
    expect(stages).toEqual(['complete', 'failed']);
  });
});

describe('bars of an upload', () => {
  it('are cut where the terminal ends, and say what is said meanwhile above them', () => {
    const on = stage({ isTTY: true });
    {
      using bars = new UploadBars(on.terminal);
      bars.measured({ fileCount: 3, bytes: 1200 });
      bars.event(event('uploading', { file: `/films/${'long '.repeat(60)}.mp4` }));
      on.terminal.say('A note.');
    }
    const rows = stripVTControlCharacters(on.stderr.text).split(/[\r\n]+/);
    expect(rows).toContain('A note.');
    for (const row of rows.filter((one) => /^(Files|Bytes|Now) /.test(one))) expect(row.length).toBeLessThan(100);
    expect(rows.some((row) => row.startsWith('Now       long long'))).toBe(true);
  });
});

describe('lines of an upload', () => {
  /** Lines of a display whose clock stands still but where the test moves it. */
  function lines(): { readonly on: Stage; readonly display: UploadLines; readonly clock: { nowMs: number } } {
    const on = stage();
    const clock = { nowMs: 1000 };
    return { on, display: new UploadLines(on.terminal, { intervalMs: 5000, now: () => clock.nowMs }), clock };
  }

  it('tell of each file that ends, at once, and of the others every few seconds only', () => {
    const { on, display, clock } = lines();
    for (clock.nowMs = 1000; clock.nowMs < 6000; clock.nowMs += 500) display.event(event('uploading'));
    expect(on.stderr.lines).toEqual([]);
    display.event(event('uploading'));
    display.event(event('uploading'));
    expect(on.stderr.lines).toHaveLength(1);
    display.event(event('complete', { file: '/films/b\u001B[2J.mp4' }));
    expect(on.stderr.lines[1]).toMatch(/^b\uFFFD\[2J\.mp4: Uploaded$/);
    display[Symbol.dispose]();
    expect(on.stderr.lines).toHaveLength(2);
  });

  it('never say more than all where files have come since they were counted', () => {
    const { on, display, clock } = lines();
    display.measured({ fileCount: 1, bytes: 500 });
    for (const taskId of ['1', '2']) display.event(event('complete', { taskId, sentBytes: 400 }));
    clock.nowMs += 5000;
    display.event(event('uploading', { taskId: '3' }));
    expect(on.stderr.lines.at(-1)).toBe('2 of 2 files, 900 B of 900 B, 50 B/s');
  });

  it('have the sum of all files, once it was counted how much there is, with the time left at this speed', () => {
    const { on, display, clock } = lines();
    clock.nowMs += 5000;
    display.event(event('uploading', { secondsLeft: 6 }));
    display.measured({ fileCount: 12, bytes: 1_000_000 });
    clock.nowMs += 5000;
    display.event(event('uploading', { sizeBytes: 500_000, sentBytes: 100, totalBytes: 200, bytesPerSecond: 25_000 }));
    clock.nowMs += 5000;
    display.event(event('uploading', { sizeBytes: 500_000, sentBytes: 100, totalBytes: 200, bytesPerSecond: 0 }));
    const [uncounted, counted, still] = on.stderr.lines;
    expect(uncounted).toMatch(/^0 files, 100 B, 50 B\/s, 6 s left$/);
    expect(counted).toBe('0 of 12 files, 250 kB of 1.0 MB, 25.0 kB/s, 30 s left');
    expect(still).toMatch(/^0 of 12 files, 250 kB of 1\.0 MB, 0 B\/s$/);
  });
});
