import { describe, expect, it } from 'vitest';

import type { ExportedChat } from '../../../src/app/export/create-export.js';
import { doneLine, previewLines } from '../../../src/cli/terminal/closing-words.js';
import { ConcurrencyMetrics } from '../../../src/metrics/concurrency-metrics.js';

interface Came {
  readonly messages: number;
  readonly before?: number;
  readonly files?: number;
  readonly failed?: number;
  readonly described?: Partial<NonNullable<ExportedChat['described']>>;
}

function chat({ messages, before = 0, files = 0, failed = 0, described }: Came): ExportedChat {
  const metrics = new ConcurrencyMetrics();
  for (let index = 0; index < files; index += 1) metrics.media('photo', 'stored', 1_000_000);
  for (let index = 0; index < failed; index += 1) metrics.media('photo', 'failed', 0);
  const none = { describedCount: 0, sharedCount: 0, derivativeCount: 0, derivativeBytes: 0 };
  return {
    chat: { id: 'channel7', peerId: 'channel7', kind: 'supergroup', title: 'Crew', isPublic: true },
    folder: '/exports/crew',
    newMessageCount: messages,
    messageCount: before + messages,
    missing: [],
    noted: [],
    derivativeProblems: [],
    renderedPaths: [],
    reportPath: '/exports/crew/report.json',
    metrics: metrics.snapshot(),
    ...(described === undefined ? {} : { described: { ...none, copyCount: 0, copySavedBytes: 0, ...described } }),
  };
}

describe('the closing words', () => {
  it.each([
    ['a first run', [chat({ messages: 471, files: 127 })], 'Done in 12 s: 471 messages, 127 files, 127 MB.'],
    ['one message', [chat({ messages: 1 })], 'Done in 12 s: 1 message.'],
    [
      'a later run',
      [chat({ messages: 3, before: 471, files: 1 })],
      'Done in 12 s: 3 messages, 1 file, 1.0 MB; 474 messages in all.',
    ],
    [
      'a run that found nothing',
      [chat({ messages: 0, before: 471 })],
      'Done in 12 s: nothing new; 471 messages in all.',
    ],
    [
      'a run that could fetch nothing',
      [chat({ messages: 0, before: 471, failed: 3 })],
      'Done in 12 s: nothing new; 471 messages in all.',
    ],
    [
      'media that came late',
      [chat({ messages: 0, before: 471, files: 2 })],
      'Done in 12 s: 2 files, 2.0 MB; 471 messages in all.',
    ],
    ['an empty chat', [chat({ messages: 0 })], 'Done in 12 s: nothing new.'],
    [
      'several chats',
      [chat({ messages: 3, before: 10, files: 2 }), chat({ messages: 4 }), chat({ messages: 0, before: 5 })],
      'Done in 12 s: 2 chats, 7 messages, 2 files, 2.0 MB, nothing new in 1 other; 22 messages in all.',
    ],
    [
      'several chats without news',
      [chat({ messages: 0, before: 5 }), chat({ messages: 0, before: 7 })],
      'Done in 12 s: nothing new in 2 chats; 12 messages in all.',
    ],
  ])('of %s', (_what, chats, line) => {
    expect(doneLine({ chats, durationMs: 12_000 })).toBe(line);
  });

  it('say how many previews and copies were made, and what copies saved', () => {
    const described = { derivativeCount: 74, copyCount: 3, copySavedBytes: 120_000_000 };
    expect(previewLines([chat({ messages: 1, described })])).toEqual([
      '71 previews made',
      '3 smaller copies made, 120 MB less than the originals',
    ]);
    const replaced = { ...described, replacedCount: 1, savedBytes: 40_000_000 };
    expect(previewLines([chat({ messages: 1, described: replaced })])).toEqual([
      '71 previews made',
      '1 original replaced by a smaller copy, 40.0 MB saved',
    ]);
    expect(previewLines([chat({ messages: 1 })])).toEqual([]);
  });
});
