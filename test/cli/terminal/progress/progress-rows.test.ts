import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  chatsRow,
  mediaRow,
  messagesRow,
  permitsRow,
  previewsRow,
  roughDuration,
} from '../../../../src/cli/terminal/progress/progress-rows.js';
import type { ChatProgress } from '../../../../src/pipeline/export-progress.js';

const PROGRESS: ChatProgress = {
  chatId: 'channel7',
  messagesDone: 1500,
  messagesTotal: 3000,
  mediaDone: 310,
  mediaFailed: 2,
  bytesDone: 45_200_000,
  inFlight: 6,
  permits: 8,
  throttled: true,
};

function unannounced({
  messagesDone,
  mediaDone,
  mediaFailed,
  bytesDone,
  inFlight,
  permits,
  throttled,
}: ChatProgress): ChatProgress {
  return { chatId: 'channel7', messagesDone, mediaDone, mediaFailed, bytesDone, inFlight, permits, throttled };
}

describe('rows of progress', () => {
  it('say all that they know on a wide screen', () => {
    expect(chatsRow(3, 12, 100)).toBe(`Chats     ${'█'.repeat(4)}${'░'.repeat(20)} 3 of 12`);
    expect(messagesRow(PROGRESS, 130_000, 100)).toBe(
      `Messages  ${'█'.repeat(12)}${'░'.repeat(12)} 50 % · 2 min left · 1,500 of 3,000`,
    );
    expect(mediaRow(PROGRESS, 10_000, 100)).toBe('Media     310 done · 2 failures · 45.2 MB · 4.5 MB/s');
    expect(permitsRow(PROGRESS, 30_000, 100)).toBe(
      'At once   6 of 8 ▮▮▮▮▮▮▯▯ · throttled by memory · pause ordered by Telegram: 30 s left',
    );
    expect(previewsRow(31, 310, 100)).toBe(`Previews  ██${'░'.repeat(22)} 31 of 310 files`);
  });

  it('keep what matters most on a screen of 40 columns', () => {
    expect(messagesRow(PROGRESS, 130_000, 40)).toBe('Messages  █████░░░░░ 50 % · 2 min left');
    expect(permitsRow(PROGRESS, 30_000, 40)).toBe('At once   6 of 8 · paused for 30 s');
  });

  it('never say 101 %, and give a number alone where there is no total', () => {
    expect(messagesRow({ ...PROGRESS, messagesDone: 3001 }, 0, 100)).toContain('100 % · 3,001 of 3,001');
    expect(messagesRow(unannounced(PROGRESS), undefined, 100)).toBe('Messages  1,500');
    expect(previewsRow(31, undefined, 100)).toBe('Previews  31 files');
    expect(previewsRow(1_000, undefined, 20)).toBe('Previews  1,000 file'); // Cut to a narrow screen.
  });

  it('fit any screen', () => {
    const count = fc.nat({ max: 2_000_000_000 });
    const progress = fc.record({
      chatId: fc.constant('channel7' as const),
      messagesDone: count,
      messagesTotal: count,
      mediaDone: count,
      mediaFailed: count,
      bytesDone: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
      inFlight: fc.nat({ max: 64 }),
      permits: fc.nat({ max: 64 }),
      throttled: fc.boolean(),
    });
    fc.assert(
      fc.property(progress, fc.nat({ max: 90_000_000 }), fc.integer({ min: 20, max: 200 }), (each, ms, columns) => {
        const rows = [
          chatsRow(each.inFlight + 1, each.inFlight + each.permits + 1, columns),
          messagesRow(each, ms, columns),
          mediaRow(each, ms, columns),
          permitsRow(each, ms, columns),
          previewsRow(each.mediaDone, each.messagesTotal, columns),
        ];
        for (const row of rows) expect(row.length).toBeLessThanOrEqual(columns);
      }),
    );
  });

  it.each([
    [0, '0 s'],
    [9_200, '10 s'],
    [41_000, '45 s'],
    [59_000, '60 s'],
    [61_000, '1 min'],
    [3_600_000, '1 h 0 min'],
    [7_500_000, '2 h 5 min'],
  ])('show %d ms as %s', (ms, text) => {
    expect(roughDuration(ms)).toBe(text);
  });
});
