import { amount, count, flag, list, record, type Shape, text, wordOf } from '../../archive/checks/shape.js';
import type { DescribedMedia } from '../../media/media-job.js';

/** {@link DescribedMedia}, as `made.db` has it. */
const DESCRIBED: Shape = record({
  sha256: text,
  sizeBytes: count,
  content: record({
    kind: wordOf('image', 'video', 'audio', 'animated-sticker', 'document', 'empty'),
    mimeType: text,
    'extension?': text,
  }),
  'rightExtension?': text,
  facts: record({
    'width?': amount,
    'height?': amount,
    'rotation?': amount,
    'durationSeconds?': amount,
    'hasAlpha?': flag,
    'isAnimated?': flag,
    'videoCodec?': text,
    'audioCodec?': text,
    'takenAt?': text,
    'position?': record({ latitude: amount, longitude: amount }),
    'title?': text,
    'performer?': text,
    'album?': text,
  }),
  'placeholder?': text,
  'waveform?': list(amount),
  derivatives: list(
    record({
      kind: wordOf('thumbnail', 'poster', 'storyboard', 'cover', 'transcode', 'stripped'),
      path: text,
      sizeBytes: count,
      mimeType: text,
      'width?': amount,
      'height?': amount,
    }),
  ),
  problems: list(record({ work: text, reason: text })),
});

/**
 * What `made.db` remembers of a file. The folder may come from anywhere: what has another shape than ours, or is about
 * other bytes than its row, counts as not made.
 *
 * @param json - Of the column `data`.
 * @param sha256 - Of the same row.
 */
export function describedBefore(json: string, sha256: string): DescribedMedia | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (DESCRIBED(value) !== undefined) return undefined;
  const described = value as DescribedMedia;
  return described.sha256 === sha256 ? described : undefined;
}
