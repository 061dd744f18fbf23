import type { Archive } from '../archive/archive.js';
import type { MediaRecord, MessageRecord } from '../chat/record.js';
import type { ChatId } from '../chat/chat-id.js';
import type { Media } from '../chat/media.js';
import type { Message } from '../chat/message.js';
import { unavailableRecord } from './fetch/media-ending.js';
import { exclusionOf, type MediaSelection } from './media-selection.js';

/**
 * Ids of the messages behind the cursor whose media have to be fetched, ascending: media that failed, and media that an
 * earlier selection left out and the current one wants. Without the latter, a run could succeed and miss something.
 */
export function messagesOwedMedia(archive: Archive, chatId: ChatId, selection: MediaSelection): readonly number[] {
  const ids = new Set(archive.messagesWithFailedMedia(chatId));
  for (const medium of archive.skippedMedia(chatId)) {
    if (exclusionOf(medium, selection) === undefined) ids.add(medium.messageId);
  }
  return [...ids].sort((one, other) => one - other);
}

/**
 * What to write for a message that the source no longer has: its missing media can never be fetched. Media that were
 * missing before are settled by this and not requested again. Media that an earlier selection left out and that are
 * wanted now are reported once as missing.
 *
 * @returns undefined if the record already says so.
 */
export function recordOfGone(known: MessageRecord, selection: MediaSelection): MessageRecord | undefined {
  const { message, media } = known;
  const records = media.map((record) => recordOfLostMedia(message, record, selection));
  return records.some((record, index) => record !== media[index]) ? { ...known, media: records } : undefined;
}

function recordOfLostMedia({ id }: Message, record: MediaRecord, selection: MediaSelection): MediaRecord {
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
      return unavailableRecord(media, record.code === 'MEDIA_UNAVAILABLE' ? record.reason : deleted);
  }
}

/** A media item that has not been reported as missing yet. */
function missedNow(media: Media, reason: string): MediaRecord {
  return { state: 'failed', media, code: 'MEDIA_UNAVAILABLE', reason };
}
