import type { MediaRecord, StoredFile } from '../../chat/record.js';
import type { Media } from '../../chat/media.js';
import type { ChatferryError } from '../../errors/chatferry-error.js';
import { blamesTheLine, isGoneForGood } from '../../errors/error-meaning.js';
import type { MediaEnd } from '../../metrics/concurrency-metrics.js';

/** What became of one medium, and how it counts. */
export interface MediaEnding {
  readonly record: MediaRecord;
  readonly end: MediaEnd;
}

/** A medium that is in the archive. A size that is not the announced one is noted. */
export function storedEnding(media: Media, file: StoredFile): MediaEnding {
  const sentBytes = file.original?.sizeBytes ?? file.sizeBytes;
  if (media.sizeBytes === undefined || media.sizeBytes === sentBytes) {
    return { record: { state: 'stored', media, file }, end: 'stored' };
  }
  const note = `${media.sizeBytes} bytes were announced. The file has ${sentBytes}, and is whole by the server's own account.`;
  return { record: { state: 'stored', media, file, note }, end: 'stored' };
}

/** A medium that the source says from the start it does not hand out. */
export function unavailableEnding(media: Media, reason: string): MediaEnding {
  return { record: neverToCome(media, reason), end: 'unavailable' };
}

/**
 * A medium that could not be had.
 *
 * @param before - What the archive has of it. Where that is a failure as well and the source refuses for good, the
 *   medium is settled: one refusal could be a slip, two of two runs are not. It is then listed as what the source does
 *   not hand out, and not asked for again.
 */
export function failedEnding(media: Media, error: ChatferryError, before: MediaRecord | undefined): MediaEnding {
  const { code, message: reason } = error;
  const isConfirmed = isGoneForGood(code) && before?.state === 'failed' && isGoneForGood(before.code);
  if (isConfirmed) return unavailableEnding(media, reason);
  return { record: { state: 'failed', media, code, reason }, end: blamesTheLine(error) ? 'failed' : 'refused' };
}

/** The record of a medium that is not asked for again. */
export function neverToCome(media: Media, reason: string): MediaRecord {
  return { state: 'failed', media: { ...media, unavailableReason: reason }, code: 'MEDIA_UNAVAILABLE', reason };
}
