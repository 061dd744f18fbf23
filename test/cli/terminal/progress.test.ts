import { describe, expect, it } from 'vitest';

import type { Chat } from '../../../src/chat/chat.js';
import { BarReporter } from '../../../src/cli/terminal/progress/bar-reporter.js';
import { LineReporter } from '../../../src/cli/terminal/progress/line-reporter.js';
import type { Log } from '../../../src/cli/terminal/log/log.js';
import { openReporter } from '../../../src/cli/terminal/progress/reporter.js';
import { Terminal } from '../../../src/cli/terminal/terminal.js';
import type { ProgressEvent } from '../../../src/pipeline/export-progress.js';
import { CapturedStream } from './captured-stream.js';

const CHAT: Chat = {
  id: 'channel7',
  peerId: 'channel7',
  kind: 'supergroup',
  title: 'Harbour \u001B[2JCrew',
  isPublic: true,
};

const SHOWN_CHAT = { id: 'channel7', kind: CHAT.kind, title: CHAT.title, isPublic: true };

const RUN = '6f1c2b9e-6a0d-4c57-9b43-7b3a4f0f5d11';

function progress(messagesDone: number): Extract<ProgressEvent, { type: 'progress' }> {
  return {
    type: 'progress',
    runId: RUN,
    chatId: CHAT.id,
    messagesDone,
    messagesTotal: 3000,
    mediaDone: 310,
    mediaFailed: 2,
    bytesDone: 45_200_000,
    inFlight: 6,
    permits: 8,
    throttled: false,
  };
}

function uploads(target: string, doneFiles: number, failedFiles = 0): ProgressEvent {
  const speed = { doneBytes: 45_200_000, bytesPerSecond: 4_000_000 };
  return { type: 'upload-progress', runId: RUN, target, doneFiles, failedFiles, ...speed };
}

const EVENTS: readonly ProgressEvent[] = [
  { type: 'chat-started', runId: RUN, chat: CHAT, messagesTotal: 3000 },
  progress(1234),
  { type: 'flood-wait', runId: RUN, method: 'messages.getHistory', waitMs: 30_000 },
  { type: 'fallback-to-sequential', runId: RUN, active: true, errorRatio: 0.06 },
  { type: 'throttle', runId: RUN, on: true, residentBytes: 600_000_000, limitBytes: 512_000_000 },
  { ...progress(3000), type: 'chat-finished', chat: CHAT, newMessageCount: 1766 },
  { type: 'rendered', runId: RUN, format: 'json', path: '/exports/harbour/result.json' },
  { type: 'note', runId: RUN, text: 'all \u202Ewell' },
];

interface Parts {
  readonly terminal: Terminal;
  readonly stdout: CapturedStream;
  readonly stderr: CapturedStream;
}

function parts({ json = false, quiet = false, isTTY = false } = {}): Parts {
  const stdout = new CapturedStream(isTTY);
  const stderr = new CapturedStream(isTTY);
  const redact = (text: string): string => text;
  return { terminal: new Terminal({ stdout, stderr, json, quiet, color: false, redact }), stdout, stderr };
}

const noLog: Log = () => undefined;

describe('without a terminal', () => {
  it('events are lines on stderr, free of escape sequences', () => {
    const { terminal, stdout, stderr } = parts();
    const reporter = new LineReporter(terminal, { intervalMs: 0 });
    for (const event of EVENTS) reporter.event(event);
    expect(stdout.text).toBe('');
    expect(stderr.lines).toEqual([
      'Harbour \uFFFD[2JCrew: starting, 3,000 messages',
      'Harbour \uFFFD[2JCrew: 1,234 of 3,000 messages, 310 media (2 failed), 45.2 MB fetched, 6 of 8 at once',
      'Telegram orders a pause of 30 s for messages.getHistory',
      '6 % of the last media failed: continuing one at a time',
      'memory is high (600 MB of 512 MB in use): no new media for now',
      'Harbour \uFFFD[2JCrew: done, 3,000 messages (1,766 new), 310 media (2 failed), 45.2 MB fetched',
      'json: /exports/harbour/result.json',
      'all \uFFFDwell',
    ]);
  });

  it('steady progress is told every few seconds only', () => {
    const { terminal, stderr } = parts();
    let nowMs = 0;
    const reporter = new LineReporter(terminal, { intervalMs: 5000, now: () => nowMs });
    reporter.event({ type: 'chat-started', chat: CHAT });
    for (nowMs = 0; nowMs <= 20_000; nowMs += 200) reporter.event(progress(nowMs));
    expect(stderr.lines.slice(1).map((line) => /: ([\d,]+) of/.exec(line)?.[1])).toEqual([
      '5,000',
      '10,000',
      '15,000',
      '20,000',
    ]);
  });
});

describe('without a terminal, over several chats', () => {
  it('each chat says which of how many it is, and what has not changed is not told again', () => {
    const { terminal, stderr } = parts();
    let nowMs = 0;
    const reporter = new LineReporter(terminal, { intervalMs: 5000, now: () => nowMs });
    reporter.event({ type: 'chat-position', chat: CHAT, number: 3, count: 12 });
    reporter.event({ type: 'chat-started', chat: CHAT, messagesTotal: 3000 });
    for (; nowMs < 30_000; nowMs += 200) reporter.event(progress(nowMs < 12_000 ? 1 : 2));
    for (; nowMs < 60_000; nowMs += 200) {
      reporter.event(progress(2));
      reporter.event({ type: 'previews', chatId: CHAT.id, doneCount: 31, totalCount: 310 });
    }
    expect(stderr.lines.map((line) => line.replace(/^.*Crew: /, ''))).toEqual([
      'starting, 3,000 messages',
      expect.stringMatching(/^1 of 3,000 messages/),
      expect.stringMatching(/^2 of 3,000 messages/),
      'previews of 31 of 310 files',
    ]);
    expect(stderr.lines[0]).toMatch(/^chat 3 of 12: Harbour/);
  });

  it('each target that an export uploads to has its line', () => {
    const { terminal, stderr } = parts();
    let nowMs = 0;
    const reporter = new LineReporter(terminal, { intervalMs: 5000, now: () => nowMs });
    for (; nowMs <= 12_000; nowMs += 200) {
      reporter.event(uploads('dir:/mnt/a', nowMs < 8000 ? 12 : 13));
      reporter.event(uploads('s3://b', 3, 1));
    }
    expect(stderr.lines).toEqual([
      'dir:/mnt/a: 12 files, 45.2 MB uploaded, 4.0 MB/s',
      's3://b: 3 files (1 failed), 45.2 MB uploaded, 4.0 MB/s',
      'dir:/mnt/a: 13 files, 45.2 MB uploaded, 4.0 MB/s',
    ]);
  });

  it('one chat alone has no number', () => {
    const { terminal, stderr } = parts();
    const reporter = new LineReporter(terminal, { intervalMs: 0 });
    reporter.event({ type: 'chat-position', chat: CHAT, number: 1, count: 1 });
    reporter.event({ type: 'chat-started', chat: CHAT, messagesTotal: 3000 });
    expect(stderr.text).not.toContain('chat 1');
  });
});

describe('on a terminal', () => {
  it('a bar stands for all chats, and one for previews when some are made', async () => {
    const { terminal, stderr } = parts({ isTTY: true });
    using reporter = new BarReporter(terminal);
    reporter.event({ type: 'chat-position', chat: CHAT, number: 3, count: 12 });
    reporter.event({ type: 'chat-started', chat: CHAT, messagesTotal: 3000 });
    await expect.poll(() => stderr.text, { timeout: 5000 }).toContain('3 of 12');
    expect(stderr.text).not.toContain('Previews');
    reporter.event({ type: 'previews', chatId: CHAT.id, doneCount: 31, totalCount: 310 });
    await expect.poll(() => stderr.text, { timeout: 5000 }).toContain('31 of 310');
  });

  it('each target that an export uploads to has a row, also with the next chat', async () => {
    const { terminal, stderr } = parts({ isTTY: true });
    using reporter = new BarReporter(terminal);
    reporter.event({ type: 'chat-started', chat: CHAT, messagesTotal: 3000 });
    reporter.event(uploads('dir:/mnt/a', 12));
    reporter.event(uploads('s3://b', 3, 1));
    await expect.poll(() => stderr.text, { timeout: 5000 }).toContain('3 files (1 failed), 45.2 MB');
    expect(stderr.text).toContain('Uploads   12 files, 45.2 MB uploaded, 4.0 MB/s · dir:/mnt/a');
    const before = stderr.text.length;
    reporter.event({ type: 'chat-started', chat: CHAT, messagesTotal: 3000 });
    await expect.poll(() => stderr.text.slice(before), { timeout: 5000 }).toContain('Uploads   12 files');
  });

  it('bars show messages, media and permits, and events stand above them', () => {
    const { terminal, stdout, stderr } = parts({ isTTY: true });
    {
      using reporter = new BarReporter(terminal);
      for (const event of EVENTS) reporter.event(event);
    }
    expect(stdout.text).toBe('');
    expect(stderr.text).toContain('Telegram orders a pause of 30 s');
    expect(stderr.text).toContain('done, 3,000 messages (1,766 new)');
  });

  it('what stands on the screen is the latest', async () => {
    const { terminal, stderr } = parts({ isTTY: true });
    using reporter = new BarReporter(terminal);
    for (const event of EVENTS.slice(0, 3)) reporter.event(event);
    await expect.poll(() => stderr.text, { timeout: 5000 }).toContain('1,234 of 3,000');
    expect(stderr.text).toContain('310 done · 2 failures · 45.2 MB');
    expect(stderr.text).toContain('6 of 8 ▮▮▮▮▮▮▯▯ · pause ordered by Telegram: 30 s left');
  });

  it('what is said above the bars may fill several lines of a narrow screen', () => {
    const { terminal, stderr } = parts({ isTTY: true });
    {
      using reporter = new BarReporter(terminal);
      reporter.event({ type: 'chat-started', chat: CHAT, messagesTotal: 3000 });
      reporter.event({ type: 'note', text: 'a long story' });
    }
    const before = stderr.text.slice(0, stderr.text.indexOf('a long story'));
    expect(before.lastIndexOf('\u001B[?7h')).toBeGreaterThan(before.lastIndexOf('\u001B[?7l'));
    expect(before).toContain('\u001B[J'); // Or its second line would stand among the letters of a bar.
  });

  it('the cursor comes back when the bars are taken down in the middle', () => {
    const { terminal, stderr } = parts({ isTTY: true });
    const reporter = new BarReporter(terminal);
    for (const event of EVENTS.slice(0, 2)) reporter.event(event);
    expect(stderr.text).toContain('\u001B[?25l');
    reporter[Symbol.dispose]();
    expect(stderr.text.lastIndexOf('\u001B[?25h')).toBeGreaterThan(stderr.text.lastIndexOf('\u001B[?25l'));
    terminal.say('afterwards');
    expect(stderr.text.endsWith('afterwards\n')).toBe(true);
  });
});

describe('openReporter', () => {
  it('gives each event as one line of JSON on stdout with --json', async () => {
    const { terminal, stdout, stderr } = parts({ json: true, isTTY: true });
    using reporter = await openReporter(terminal, noLog);
    for (const event of EVENTS) reporter.event(event);
    expect(stdout.lines.map((line) => JSON.parse(line) as unknown)).toEqual(
      EVENTS.map((event) => ('chat' in event ? { ...event, chat: SHOWN_CHAT } : event)),
    );
    expect(stderr.text).toBe('');
  });

  it('names a private chat by its peer, with the account that it belongs to', async () => {
    const { terminal, stdout } = parts({ json: true });
    using reporter = await openReporter(terminal, noLog);
    const chat: Chat = { id: 'account7001/user42', peerId: 'user42', kind: 'private', title: 'Ann', isPublic: false };
    reporter.event({ type: 'chat-started', runId: RUN, chat });
    reporter.event({ ...progress(1), chatId: chat.id });
    const [started, going] = stdout.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(started?.['chat']).toEqual({
      id: 'user42',
      account: '7001',
      kind: 'private',
      title: 'Ann',
      isPublic: false,
    });
    expect(going).toMatchObject({ runId: RUN, chatId: 'user42', account: '7001', messagesDone: 1 });
  });

  it('says nothing with --quiet', async () => {
    const { terminal, stdout, stderr } = parts({ quiet: true, isTTY: true });
    using reporter = await openReporter(terminal, noLog);
    for (const event of EVENTS) reporter.event(event);
    expect(stdout.text + stderr.text).toBe('');
  });

  it('takes bars for a terminal and lines for anything else', async () => {
    const live = parts({ isTTY: true });
    using bars = await openReporter(live.terminal, noLog);
    for (const event of EVENTS) bars.event(event);
    expect(live.stderr.text).toContain('\u001B[');
    const piped = parts();
    using lines = await openReporter(piped.terminal, noLog);
    for (const event of EVENTS) lines.event(event);
    expect(piped.stderr.text).not.toContain('\u001B');
    expect(piped.stderr.lines.length).toBeGreaterThan(3);
  });

  it('also logs every event, steady progress at debug', async () => {
    const entries: string[] = [];
    using reporter = await openReporter(parts({ quiet: true }).terminal, (level, message) => {
      entries.push(`${level} ${message}`);
    });
    for (const event of EVENTS) reporter.event(event);
    expect(entries).toEqual(EVENTS.map(({ type }) => (type === 'progress' ? 'debug progress' : `info ${type}`)));
  });
});
