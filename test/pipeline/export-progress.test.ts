import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { ExportProgress, type RunEvent } from '../../src/pipeline/export-progress.js';
import { PreviewProgress } from '../../src/pipeline/preview-progress.js';
import { CHAT } from '../archive/sample-message.js';

let events: RunEvent[];
const reporter = { event: (event: RunEvent): void => void events.push(event) };

beforeEach(() => {
  events = [];
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the progress of a chat', () => {
  const standing = { inFlight: 2, permits: 4, throttled: false };

  it('is reported when it begins, five times a second, and at its end, with all that was counted', () => {
    const chat = { ...CHAT, messageCount: 50 };
    const progress = new ExportProgress({ chat, messagesBefore: 10, reporter, readConcurrency: () => standing });
    expect(events).toEqual([{ type: 'chat-started', chat, messagesTotal: 50 }]);
    progress.messages(3);
    progress.messages(4);
    progress.media(false);
    progress.media(false);
    progress.media(true);
    progress.bytes(100);
    progress.bytes(20);
    expect(progress.newMessageCount).toBe(7);
    vi.advanceTimersByTime(199);
    expect(events).toHaveLength(1);
    vi.advanceTimersByTime(1);
    const reading = {
      chatId: CHAT.id,
      messagesDone: 17,
      messagesTotal: 50,
      mediaDone: 2,
      mediaFailed: 1,
      bytesDone: 120,
      ...standing,
    };
    expect(events.slice(1)).toEqual([{ type: 'progress', ...reading }]);
    vi.advanceTimersByTime(400);
    expect(events).toHaveLength(4);
    progress.finish();
    expect(events.at(-1)).toEqual({ type: 'chat-finished', chat, newMessageCount: 7, ...reading });
    progress[Symbol.dispose]();
    vi.advanceTimersByTime(1000);
    expect(events).toHaveLength(5);
  });

  it('names no total where the source announces none', () => {
    using progress = new ExportProgress({ chat: CHAT, messagesBefore: 0, reporter, readConcurrency: () => standing });
    progress.finish();
    for (const event of events) expect(event).not.toHaveProperty('messagesTotal');
  });
});

it('the progress of a chat keeps no process alive', () => {
  vi.useRealTimers();
  const timerCount = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = timerCount();
  const readConcurrency = () => ({ inFlight: 0, permits: 1, throttled: false });
  using progress = new ExportProgress({ chat: CHAT, messagesBefore: 0, reporter, readConcurrency });
  expect(timerCount()).toBe(before);
  progress.finish();
});

describe('the progress of previews', () => {
  const previews = (doneCount: number, totalCount?: number): RunEvent => ({
    type: 'previews',
    chatId: CHAT.id,
    doneCount,
    ...(totalCount === undefined ? {} : { totalCount }),
  });

  it('is reported with the first, and then every 200 ms at most', () => {
    const progress = new PreviewProgress(CHAT.id, reporter);
    progress.step();
    progress.step();
    vi.advanceTimersByTime(199);
    progress.step();
    expect(events).toEqual([previews(1)]);
    vi.advanceTimersByTime(1);
    progress.step();
    expect(events).toEqual([previews(1), previews(4)]);
    progress.finish();
    expect(events.at(-1)).toEqual(previews(4));
  });

  it('has a total once no more media come, and none where nothing is left to do', () => {
    const progress = new PreviewProgress(CHAT.id, reporter);
    progress.step();
    progress.remaining(0);
    expect(events).toEqual([previews(1)]);
    progress.remaining(3);
    expect(events).toEqual([previews(1), previews(1, 4)]);
    progress.step();
    progress.finish();
    expect(events.at(-1)).toEqual(previews(2, 4));
  });

  it('is not reported where there was nothing to do', () => {
    const progress = new PreviewProgress(CHAT.id, reporter);
    progress.remaining(0);
    progress.finish();
    expect(events).toEqual([]);
  });
});
