import { compareDetail, type SourceName, TELEGRAM } from '../../chat/source-name.js';
import type { Message } from '../../chat/message.js';
import type { MessageRecord } from '../../chat/record.js';

/** The source that a record comes from. */
export function sourceOf({ source = TELEGRAM }: Pick<MessageRecord, 'source'>): SourceName {
  return source;
}

/** Tells the versions of a message apart: when it was edited, UTC milliseconds; 0 as it was sent. */
export function versionOf({ editDateMs = 0 }: Pick<Message, 'editDateMs'>): number {
  return editDateMs;
}

/** Whether a record says what its message says. Others have an id and raw bytes, and little else. */
export function isReadable({ kind }: Pick<Message, 'kind'>): boolean {
  return kind === 'message' || kind === 'service';
}

/**
 * Negative where the first record goes before the second: a readable one before others, then the newer edit, then the source
 * that tells more. Total, as long as no two records have both source and version in common.
 */
export function compareRank(one: MessageRecord, other: MessageRecord): number {
  return (
    Number(isReadable(other.message)) - Number(isReadable(one.message)) ||
    versionOf(other.message) - versionOf(one.message) ||
    compareDetail(sourceOf(one), sourceOf(other))
  );
}
