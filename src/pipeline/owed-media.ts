import type { Archive } from '../archive/archive.js';
import type { MediaRecord, MessageRecord } from '../archive/records.js';
import type { ChatId } from '../chat/chat-id.js';
import type { Message } from '../chat/message.js';
import { exclusionOf, type MediaSelection } from './media-selection.js';

/**
 * Ids of the messages behind the cursor whose media are to be tried again, ascending: those that failed, and those that
 * were left out by an earlier choice and are wanted now. Without the latter, a run could end well and miss something.
 */
export function messagesOwedMedia(archive: Archive, chatId: ChatId, selection: MediaSelection): readonly number[] {
  const ids = new Set(archive.messagesWithFailedMedia(chatId));
  for (const medium of archive.skippedMedia(chatId)) {
    if (exclusionOf(medium, selection) === undefined) ids.add(medium.messageId);
  }
  return [...ids].sort((one, other) => one - other);
}

/**
 * What to write of a message that is not at the source any more: the media that are still owed will never come.
 *
 * @returns undefined when that is what the record says already.
 */
export function recordOfGone({ message, media }: MessageRecord, selection: MediaSelection): MessageRecord | undefined {
  const isOwed = (record: MediaRecord): boolean =>
    record.state === 'failed'
      ? record.code !== 'MEDIA_UNAVAILABLE'
      : record.state === 'skipped' && exclusionOf(record.media, selection) === undefined;
  if (!media.some(isOwed)) return undefined;
  return { message, media: media.map((record) => (isOwed(record) ? neverToCome(message, record) : record)) };
}

function neverToCome({ id }: Message, record: MediaRecord): MediaRecord {
  const { media } = record;
  const reason =
    record.state === 'failed' && record.code === 'FILE_LOST'
      ? `${record.reason} It cannot be fetched again: message ${id} was deleted.`
      : `Message ${id} was deleted before its ${media.kind} could be fetched.`;
  return { state: 'failed', media, code: 'MEDIA_UNAVAILABLE', reason };
}
