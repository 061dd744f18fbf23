import type { MediaRecord, MessageRecord } from '../chat/record.js';
import type { Message, MessageKind } from '../chat/message.js';
import { type SourceName, TELEGRAM } from '../chat/source-name.js';
import { exclusionOf, type MediaSelection } from './media-selection.js';

/** A message that was met while walking a history. */
export interface WalkedMessage {
  readonly id: number;
  /** What to write. Undefined if the archive has the message already, and nothing is to be added. */
  readonly record?: MessageRecord;
}

/** What an export asks of a message that is in the archive. */
export interface Wanted {
  readonly selection: MediaSelection;
  /** The source of the export. */
  readonly source: SourceName;
}

/**
 * Whether the archive has everything of a message that a source returned: then its record stays as it is. So an account
 * that exports a channel later adds what others could not see or fetch, and removes nothing.
 *
 * A message that the archive shows as another source gave it is never complete: an import knows less than Telegram.
 */
export function hasAllOf(known: MessageRecord, message: Message, { selection, source }: Wanted): boolean {
  if ((known.source ?? TELEGRAM) !== source) return false;
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
