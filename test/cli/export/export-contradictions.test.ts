import { describe, expect, it } from 'vitest';

import { type ExportWishes, refuseContradictions } from '../../../src/cli/export/export-contradictions.js';

const WISHES: ExportWishes = { references: ['@crew'], exclude: [], flags: {}, settings: { mediaTranscode: 'off' } };

describe('an export', () => {
  it.each<[string, Partial<ExportWishes>, RegExp]>([
    ['of all chats and of one', { all: true }, /--all contradicts.*@crew/],
    ['of nothing', { references: [] }, /Which chat/],
    ['that leaves a chat out of one', { exclude: ['@news'] }, /--exclude @news goes with --all.*@crew/],
    [
      'one at a time, in a window',
      { flags: { parallelMediaProcessing: 'false', parallelMediaMode: 'window' } },
      /--mode window/,
    ],
    [
      'one at a time, eight at once',
      { flags: { parallelMediaProcessing: 'false', maxParallelMedia: '8' } },
      /--max-parallel 8/,
    ],
    [
      'that replaces originals by nothing',
      { flags: { mediaTranscodeOriginals: 'replace' } },
      /--replace-originals needs.*--transcode/,
    ],
    [
      'that replaces originals and makes no copies',
      {
        flags: { mediaTranscodeOriginals: 'replace', mediaDerivatives: 'false' },
        settings: { mediaTranscode: 'small' },
      },
      /--replace-originals contradicts --no-derivatives/,
    ],
    [
      'that makes copies and none',
      { flags: { mediaTranscode: 'small', mediaDerivatives: 'false' }, settings: { mediaTranscode: 'small' } },
      /--transcode small contradicts --no-derivatives/,
    ],
  ])('%s is refused by the names of its options', (_what, wishes, message) => {
    const refused = (): void => {
      refuseContradictions({ ...WISHES, ...wishes });
    };
    expect(refused).toThrow(message);
    expect(refused).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });

  it.each<[string, Partial<ExportWishes>]>([
    ['of one chat', {}],
    ['of all but two', { references: [], all: true, exclude: ['@news', 'me'] }],
    [
      'one at a time',
      { flags: { parallelMediaProcessing: 'false', parallelMediaMode: 'sequential', maxParallelMedia: '1' } },
    ],
    [
      'that replaces originals by what the environment says',
      { flags: { mediaTranscodeOriginals: 'replace' }, settings: { mediaTranscode: 'small' } },
    ],
    [
      'in sequence, with the number of another mode',
      { flags: { parallelMediaMode: 'sequential', maxParallelMedia: '8' } },
    ],
    ['without copies', { flags: { mediaTranscode: 'off', mediaDerivatives: 'false' } }],
  ])('%s is fine', (_what, wishes) => {
    refuseContradictions({ ...WISHES, ...wishes });
  });
});
