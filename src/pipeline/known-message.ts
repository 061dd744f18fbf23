import type { MediaRecord, MessageRecord } from '../chat/record.js';
import type { Message, MessageKind } from '../chat/message.js';
import { exclusionOf, type MediaSelection } from './media-selection.js';

/** A message that a walk through a history came by. */
export interface WalkedMessage {
  readonly id: number;
  /** What to write of it. Undefined where the archive has it already, and nothing is to be added. */
  readonly record?: MessageRecord;
}

/**
 * Whether the archive has all of a message that a source hands over: then it stays as it is. So an account that comes to
 * a channel later adds what others could not see or fetch, and takes nothing away.
 */
export function hasAllOf(known: MessageRecord, message: Message, selection: MediaSelection): boolean {
  if (!isReadable(known.message.kind) && isReadable(message.kind)) return false;
  return !known.media.some((record) => isOwed(record, selection));
}

function isReadable(kind: MessageKind): boolean {
  return kind === 'message' || kind === 'service';
}

function isOwed(record: MediaRecord, selection: MediaSelection): boolean {
  return (
    record.state === 'failed' || (record.state === 'skipped' && exclusionOf(record.media, selection) === undefined)
  );
}
