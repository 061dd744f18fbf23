import type { MessageIdRange } from '../archive-options.js';
import type { ChatId } from '../../chat/chat-id.js';
import type { Cursor } from '../../chat/cursor.js';
import type { Database, Statement } from '../../disk/sqlite/database.js';
import type { MessageRecord } from '../../chat/record.js';
import { MESSAGE_COLUMNS, toMessageValues, type MessageRow } from './message-row.js';

/** A message whose content is incomplete: Telegram or this client could not decode it. */
export interface UnreadableMessage {
  readonly id: number;
  readonly kind: 'unsupported' | 'undecoded';
}

/** The messages of an archive without their media. A message's `key` is its row id, which is stable. */
export class MessageTable {
  readonly #lastId: Statement<{ readonly id: number | null }>;
  readonly #key: Statement<{ readonly key: number }>;
  readonly #idsBetween: Statement<{ readonly id: number }>;
  readonly #insert: Statement;
  readonly #update: Statement;
  readonly #count: Statement<{ readonly n: number }>;
  readonly #countBefore: Statement<{ readonly n: number }>;
  readonly #page: Statement<MessageRow>;
  readonly #byKey: Statement<MessageRow>;
  readonly #unreadable: Statement<UnreadableMessage>;

  constructor(database: Database) {
    this.#lastId = database.prepare('SELECT max(id) AS id FROM messages WHERE chat_id = ?');
    this.#key = database.prepare('SELECT key FROM messages WHERE chat_id = ? AND id = ?');
    this.#idsBetween = database.prepare(
      'SELECT id FROM messages WHERE chat_id = ?1 AND id BETWEEN ?2 AND ?3 AND (?4 IS NULL OR source = ?4)',
    );
    this.#insert = database.prepare(`INSERT INTO messages (${MESSAGE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#update = database.prepare(
      `UPDATE messages SET (${MESSAGE_COLUMNS}) = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) WHERE key = ?`,
    );
    this.#count = database.prepare('SELECT count(*) AS n FROM messages WHERE chat_id = ?');
    this.#countBefore = database.prepare('SELECT count(*) AS n FROM messages WHERE chat_id = ? AND id < ?');
    this.#page = database.prepare(
      `SELECT ${MESSAGE_COLUMNS} FROM messages WHERE chat_id = ? AND id > ? ORDER BY id LIMIT ?`,
    );
    this.#byKey = database.prepare(`SELECT ${MESSAGE_COLUMNS} FROM messages WHERE key = ?`);
    this.#unreadable = database.prepare(
      `SELECT id, kind FROM messages WHERE chat_id = ? AND kind IN ('unsupported', 'undecoded') ORDER BY id`,
    );
  }

  /** The highest id of the chat; undefined if it has no messages. */
  lastId(chatId: ChatId): number | undefined {
    return this.#lastId.get(chatId)?.id ?? undefined;
  }

  /** The key of a message; undefined if it does not exist. */
  keyOf(chatId: ChatId, id: number): number | undefined {
    return this.#key.get(chatId, id)?.key;
  }

  /** How many messages of a chat have a lower id. */
  countBefore(chatId: ChatId, id: number): number {
    return this.#countBefore.get(chatId, id)?.n ?? 0;
  }

  /** The ids of a chat's messages in a range, of one source or of all. */
  idsBetween(chatId: ChatId, { first, last, source }: MessageIdRange): ReadonlySet<number> {
    return new Set(this.#idsBetween.all(chatId, first, last, source ?? null).map(({ id }) => id));
  }

  /** @returns its key. */
  insert(record: MessageRecord): number {
    return this.#insert.run(...toMessageValues(record));
  }

  replace(key: number, record: MessageRecord): void {
    this.#update.run(...toMessageValues(record), key);
  }

  count(chatId: ChatId): number {
    return this.#count.get(chatId)?.n ?? 0;
  }

  /** Up to `limit` messages with ids above `after`, ascending. */
  page(chatId: ChatId, after: Cursor, limit: number): readonly MessageRow[] {
    return this.#page.all(chatId, after, limit);
  }

  /** Ascending. */
  unreadable(chatId: ChatId): readonly UnreadableMessage[] {
    return this.#unreadable.all(chatId);
  }

  byKey(key: number): MessageRow | undefined {
    return this.#byKey.get(key);
  }
}
