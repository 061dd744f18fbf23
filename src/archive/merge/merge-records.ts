import type { Message } from '../../chat/message.js';
import type { MessageRecord } from '../../chat/record.js';
import { withSharedFiles } from './shared-files.js';
import { compareRank } from './version-of.js';

/**
 * Fields that no edit removes from a message: if a record lacks one, its source does not know it. All other fields may
 * be absent because they no longer apply (buttons, reactions, a pin), so only the first record counts for them.
 */
const LASTING_FIELDS = [
  ...(['raw', 'editDateMs', 'senderId', 'postAuthor', 'reply', 'forward', 'viaBotId', 'albumId', 'topicId'] as const),
  ...(['viewCount', 'forwardCount', 'replyCount', 'isOutgoing', 'isSilent'] as const),
];

/** The result of merging several records of one message. */
export interface MergedRecord {
  /** The record that the archive shows. */
  readonly record: MessageRecord;
  /** The record that it is based on. */
  readonly base: MessageRecord;
}

/**
 * Merges the records of one message: takes the record of the highest rank, and fills its missing fields from the others
 * in the order of their ranks. The order of the list does not matter.
 *
 * @param records - At least one; no two with the same source and version.
 */
export function mergeRecords(records: readonly MessageRecord[]): MergedRecord {
  const [base, ...others] = [...records].sort(compareRank);
  if (base === undefined) throw new RangeError('There is nothing to merge.');
  return { record: completed(base, others), base };
}

/**
 * A record with its missing fields filled from others.
 *
 * @param others - By rank.
 * @returns the same object if nothing was taken.
 */
export function completed(record: MessageRecord, others: readonly MessageRecord[]): MessageRecord {
  const unknown = LASTING_FIELDS.filter((field) => record.message[field] === undefined);
  const taken = unknown.flatMap((field) => {
    const knowing = others.find(({ message }) => message[field] !== undefined);
    return knowing === undefined ? [] : [[field, knowing.message[field]] as const];
  });
  const media = withSharedFiles(record, others);
  if (taken.length === 0 && media === record.media) return record;
  const fields = Object.fromEntries(taken) as Partial<Message>;
  return { ...record, message: { ...record.message, ...fields, media: media.map((one) => one.media) }, media };
}
