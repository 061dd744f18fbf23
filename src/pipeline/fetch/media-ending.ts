import type { MediaRecord, StoredFile } from '../../chat/record.js';
import type { Media } from '../../chat/media.js';
import type { ChatferryError } from '../../errors/chatferry-error.js';
import { suggestsBadConnection, isPermanentRefusal } from '../../errors/error-meaning.js';
import type { MediaEnd } from '../../metrics/concurrency-metrics.js';

/** The outcome of one media item, and how it is counted. */
export interface MediaEnding {
  readonly record: MediaRecord;
  readonly end: MediaEnd;
}

/** The outcome of a media item that is in the archive. A size that differs from the announced one is noted. */
export function storedEnding(media: Media, file: StoredFile): MediaEnding {
  const sentBytes = file.original?.sizeBytes ?? file.sizeBytes;
  if (media.sizeBytes === undefined || media.sizeBytes === sentBytes) {
    return { record: { state: 'stored', media, file }, end: 'stored' };
  }
  const note = `${media.sizeBytes} bytes were announced. The file has ${sentBytes}, and the server states that it is complete.`;
  return { record: { state: 'stored', media, file, note }, end: 'stored' };
}

/** The outcome of a media item that the source does not offer. */
export function unavailableEnding(media: Media, reason: string): MediaEnding {
  return { record: unavailableRecord(media, reason), end: 'unavailable' };
}

/**
 * The outcome of a media item that could not be fetched.
 *
 * @param before - Its record in the archive. If that is a permanent refusal and the source refuses permanently again,
 *   the item is settled: one refusal may be a mistake, two in two runs are not. It is then listed as unavailable and
 *   not requested again.
 */
export function failedEnding(media: Media, error: ChatferryError, before: MediaRecord | undefined): MediaEnding {
  const { code, message: reason } = error;
  const isConfirmed = isPermanentRefusal(code) && before?.state === 'failed' && isPermanentRefusal(before.code);
  if (isConfirmed) return unavailableEnding(media, reason);
  return { record: { state: 'failed', media, code, reason }, end: suggestsBadConnection(error) ? 'failed' : 'refused' };
}

/** The record of a media item that is not requested again. */
export function unavailableRecord(media: Media, reason: string): MediaRecord {
  return { state: 'failed', media: { ...media, unavailableReason: reason }, code: 'MEDIA_UNAVAILABLE', reason };
}
