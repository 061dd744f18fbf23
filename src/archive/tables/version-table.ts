import type { ChatId } from '../../chat/chat-id.js';
import type { SourceName } from '../../chat/source-name.js';
import type { Database, Statement } from '../../disk/sqlite/database.js';
import { requireRow } from '../checks/json-data.js';
import { VERSION_ROW } from '../checks/record-shapes.js';
import { sourceOf, versionOf } from '../merge/version-of.js';
import type { MessageRecord } from '../../chat/record.js';
import { fromMediaRow, MEDIA_COLUMNS, type MediaRow, toMediaValues } from './media-row.js';
import { fromMessageRow, MESSAGE_COLUMNS, type MessageRow, toMessageValues } from './message-row.js';

/**
 * The relation of a version to its message.
 *
 * - `base`: the original of the record that `messages` shows, if the shown record has fields or files of other records
 *   too.
 * - `other`: a record of lower rank.
 * - `superseded`: a record of a source from before a newer edit.
 */
export type VersionRole = 'base' | 'other' | 'superseded';

/** A record of a message that the archive does not show. */
export interface MessageVersion {
  readonly role: VersionRole;
  readonly record: MessageRecord;
}

type VersionRow = MessageRow & { readonly version_ms: number; readonly role: VersionRole };
type VersionMediaRow = MediaRow & { readonly source: SourceName; readonly version_ms: number };

/** The versions of messages that the archive does not show. */
export class VersionTable {
  readonly #insert: Statement;
  readonly #insertMedia: Statement;
  readonly #remove: Statement;
  readonly #of: Statement<VersionRow>;
  readonly #mediaOf: Statement<VersionMediaRow>;
  readonly #isNamed: Statement<{ readonly found: number }>;

  constructor(database: Database) {
    this.#insert = database.prepare(
      `INSERT INTO message_versions (${MESSAGE_COLUMNS.replace('chat_id, id', 'chat_id, message_id')}, version_ms, role)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#insertMedia = database.prepare(
      `INSERT INTO version_media (chat_id, message_id, source, version_ms, position, ${MEDIA_COLUMNS}, file_size_bytes)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#remove = database.prepare('DELETE FROM message_versions WHERE chat_id = ? AND message_id = ?');
    this.#of = database.prepare(
      `SELECT ${MESSAGE_COLUMNS.replace('chat_id, id', 'chat_id, message_id AS id')}, version_ms, role
       FROM message_versions WHERE chat_id = ? AND message_id = ? ORDER BY version_ms, source`,
    );
    this.#mediaOf = database.prepare(
      `SELECT chat_id, message_id, source, version_ms, position, ${MEDIA_COLUMNS}, file_size_bytes
       FROM version_media WHERE chat_id = ? AND message_id = ? ORDER BY source, version_ms, position`,
    );
    this.#isNamed = database.prepare('SELECT 1 AS found FROM version_media WHERE chat_id = ? AND path = ? LIMIT 1');
  }

  /** The versions of one message, by the time of their edits. */
  of(chatId: ChatId, messageId: number): readonly MessageVersion[] {
    const rows = this.#of.all(chatId, messageId);
    if (rows.length === 0) return [];
    const media = this.#mediaOf.all(chatId, messageId);
    return rows.map((row) => {
      requireRow(row, { shape: VERSION_ROW, table: 'message_versions', key: [chatId, messageId] });
      const own = media.filter(({ source, version_ms }) => source === row.source && version_ms === row.version_ms);
      const records = own.map(fromMediaRow);
      return { role: row.role, record: fromMessageRow(row, records) };
    });
  }

  /** Replaces all versions of a message. The message must exist. */
  replace(chatId: ChatId, messageId: number, versions: readonly MessageVersion[]): void {
    this.#remove.run(chatId, messageId);
    for (const { role, record } of versions) {
      const source = sourceOf(record);
      const version = versionOf(record.message);
      this.#insert.run(...toMessageValues(record), version, role);
      for (const [position, medium] of record.media.entries()) {
        const sizeBytes = medium.state === 'stored' ? medium.file.sizeBytes : null;
        this.#insertMedia.run(chatId, messageId, source, version, position, ...toMediaValues(medium), sizeBytes);
      }
    }
  }

  /** Whether a version names the file. */
  isNamed(chatId: ChatId, path: string): boolean {
    return this.#isNamed.get(chatId, path) !== undefined;
  }
}
