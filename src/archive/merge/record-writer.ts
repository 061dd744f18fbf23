import { ChatferryError } from '../../errors/chatferry-error.js';
import type { MessageRecord } from '../../chat/record.js';
import type { SearchIndex } from '../search/search-index.js';
import type { MediaTable } from '../tables/media-table.js';
import { fromMessageRow } from '../tables/message-row.js';
import type { MessageTable } from '../tables/message-table.js';
import type { MessageVersion, VersionTable } from '../tables/version-table.js';
import { type KnownRecords, withRecord } from './known-records.js';
import { mergeRecords, type MergedRecord } from './merge-records.js';

/** The tables that a record of a message is spread over. */
export interface RecordTables {
  readonly messages: MessageTable;
  readonly media: MediaTable;
  readonly versions: VersionTable;
  readonly search: SearchIndex;
}

/** Writes records as part of a transaction. For an existing message, the merge rule decides what is shown. */
export class RecordWriter {
  readonly #tables: RecordTables;

  constructor(tables: RecordTables) {
    this.#tables = tables;
  }

  /** Writes a new message. */
  insert(record: MessageRecord): void {
    const { messages, media, search } = this.#tables;
    const key = messages.insert(record);
    media.insert(record);
    search.insert(key, record.message);
  }

  /** Adds a record to an existing message. @param key - Of the message. */
  merge(key: number, record: MessageRecord): void {
    const { messages, media, search, versions } = this.#tables;
    const { chatId, id } = record.message;
    const before = versions.of(chatId, id);
    const known = withRecord(knownOf(this.#shown(key), before), record);
    const merged = mergeRecords(known.current);
    const after = versionsOf(known, merged);
    // Before the message, because versions refer to it and may have to be removed.
    if (before.length > 0 || after.length > 0) versions.replace(chatId, id, after);
    messages.replace(key, merged.record);
    media.replace(merged.record);
    search.replace(key, merged.record.message);
  }

  #shown(key: number): MessageRecord {
    const { messages, media } = this.#tables;
    const row = messages.byKey(key);
    if (row === undefined) throw new ChatferryError('INTERNAL', `The message with key ${key} is gone.`);
    return fromMessageRow(row, media.ofMessages(row.chat_id, row.id, row.id).get(row.id) ?? []);
  }
}

function knownOf(shown: MessageRecord, versions: readonly MessageVersion[]): KnownRecords {
  const recordsOf = (role: MessageVersion['role']): readonly MessageRecord[] =>
    versions.filter((version) => version.role === role).map(({ record }) => record);
  const [base = shown] = recordsOf('base');
  return { current: [base, ...recordsOf('other')], superseded: recordsOf('superseded') };
}

/**
 * The versions that are kept beside the shown message. The base is among them only if data of other records was added
 * to it.
 */
function versionsOf({ current, superseded }: KnownRecords, { record, base }: MergedRecord): readonly MessageVersion[] {
  return [
    ...(record === base ? [] : [{ role: 'base' as const, record: base }]),
    ...current.filter((other) => other !== base).map((other) => ({ role: 'other' as const, record: other })),
    ...superseded.map((other) => ({ role: 'superseded' as const, record: other })),
  ];
}
