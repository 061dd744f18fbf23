import { compareDetail, type SourceName, TELEGRAM } from '../../chat/source-name.js';
import type { Message } from '../../chat/message.js';
import type { MessageRecord } from '../../chat/record.js';

/** The source that a record comes from. */
export function sourceOf({ source = TELEGRAM }: Pick<MessageRecord, 'source'>): SourceName {
  return source;
}

/** Identifies a version of a message: the time of its edit in UTC milliseconds; 0 if it was not edited. */
export function versionOf({ editDateMs = 0 }: Pick<Message, 'editDateMs'>): number {
  return editDateMs;
}

/** Whether a record has the content of its message. Others have an id and raw bytes, and little else. */
export function isReadable({ kind }: Pick<Message, 'kind'>): boolean {
  return kind === 'message' || kind === 'service';
}

/**
 * Negative if the first record ranks before the second: readable records first, then the newer edit, then the more
 * detailed source. A total order if no two records have the same source and version.
 */
export function compareRank(one: MessageRecord, other: MessageRecord): number {
  return (
    Number(isReadable(other.message)) - Number(isReadable(one.message)) ||
    versionOf(other.message) - versionOf(one.message) ||
    compareDetail(sourceOf(one), sourceOf(other))
  );
}
