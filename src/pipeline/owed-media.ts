import type { Archive } from '../archive/archive.js';
import type { MediaRecord, MessageRecord } from '../chat/record.js';
import type { ChatId } from '../chat/chat-id.js';
import type { Media } from '../chat/media.js';
import type { Message } from '../chat/message.js';
import { neverToCome } from './fetch/media-ending.js';
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
 * What to write of a message that is not at the source any more: the media that are still owed will never come. Those
 * that were missing before are settled by this, and not asked for again; what was left out by choice and is missed only
 * now is told once as missing.
 *
 * @returns undefined when that is what the record says already.
 */
export function recordOfGone({ message, media }: MessageRecord, selection: MediaSelection): MessageRecord | undefined {
  const records = media.map((record) => withoutHope(message, record, selection));
  return records.some((record, index) => record !== media[index]) ? { message, media: records } : undefined;
}

function withoutHope({ id }: Message, record: MediaRecord, selection: MediaSelection): MediaRecord {
  const { media } = record;
  const deleted = `Message ${id} was deleted before its ${media.kind} could be fetched.`;
  switch (record.state) {
    case 'stored':
      return record;
    case 'skipped':
      return exclusionOf(media, selection) === undefined ? missedNow(media, deleted) : record;
    case 'failed':
      if (media.unavailableReason !== undefined) return record;
      if (record.code === 'FILE_LOST') {
        return missedNow(media, `${record.reason} It cannot be fetched again: message ${id} was deleted.`);
      }
      return neverToCome(media, record.code === 'MEDIA_UNAVAILABLE' ? record.reason : deleted);
  }
}

/** Nobody was told yet that it is missing. */
function missedNow(media: Media, reason: string): MediaRecord {
  return { state: 'failed', media, code: 'MEDIA_UNAVAILABLE', reason };
}
