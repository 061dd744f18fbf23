import type { ChatId } from '../../chat/chat-id.js';
import type { SourceName } from '../../chat/source-name.js';
import type { Database, Statement } from '../../disk/sqlite/database.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import { requireRow } from '../checks/json-data.js';
import { TOMBSTONE_ROW } from '../checks/record-shapes.js';
import { paged } from './paged.js';

/** Says that a source no longer has a message. The message itself stays in the archive, if it was there. */
export interface Tombstone {
  readonly chatId: ChatId;
  readonly messageId: number;
  /** The source that was asked. Another source may still have the message. */
  readonly source: SourceName;
  /** UTC milliseconds: when the source was asked. No source says when a message was deleted. */
  readonly noticedAtMs: number;
}

interface TombstoneRow {
  readonly message_id: number;
  readonly source: SourceName;
  readonly noticed_at_ms: number;
}

/** Rows in memory at once. */
const PAGE_SIZE = 1000;
const COLUMNS = 'message_id, source, noticed_at_ms';

/** Which messages were deleted at their sources. Empty until a source tells of deletions. */
export class TombstoneTable {
  readonly #database: Database;
  readonly #add: Statement;
  readonly #of: Statement<TombstoneRow>;
  readonly #page: Statement<TombstoneRow>;

  /** @internal */
  constructor(database: Database) {
    this.#database = database;
    this.#add = database.prepare(
      `INSERT INTO tombstones (chat_id, ${COLUMNS}) VALUES (?, ?, ?, ?) ON CONFLICT (chat_id, message_id, source)
       DO UPDATE SET noticed_at_ms = min(noticed_at_ms, excluded.noticed_at_ms)`,
    );
    this.#of = database.prepare(
      `SELECT ${COLUMNS} FROM tombstones WHERE chat_id = ? AND message_id = ? ORDER BY source`,
    );
    this.#page = database.prepare(
      `SELECT ${COLUMNS} FROM tombstones WHERE chat_id = ? AND (message_id, source) > (?, ?)
       ORDER BY message_id, source LIMIT ${PAGE_SIZE}`,
    );
  }

  /**
   * Adds tombstones: all of them or none, durable on return. A message that has one of the same source keeps the earlier
   * date. The messages need not be in the archive, but their chats must have a place there ({@link Archive.placeChat}).
   *
   * @throws {ChatferryError} `INTERNAL` for a chat without a place, and for an invalid value.
   */
  add(tombstones: readonly Tombstone[]): void {
    if (tombstones.length === 0) return;
    this.#database.transaction(() => {
      for (const { chatId, messageId, source, noticedAtMs } of tombstones) {
        const problem = TOMBSTONE_ROW({ message_id: messageId, source, noticed_at_ms: noticedAtMs });
        if (problem !== undefined) {
          throw new ChatferryError(
            'INTERNAL',
            `A tombstone in ${chatId} cannot be written: its${problem.replace('.', ' ')}.`,
          );
        }
        this.#add.run(chatId, messageId, source, noticedAtMs);
      }
    });
  }

  /** The tombstones of one message, at most one for each source, by the names of the sources. */
  of(chatId: ChatId, messageId: number): readonly Tombstone[] {
    return this.#of.all(chatId, messageId).map((row) => toTombstone(chatId, row));
  }

  /** The tombstones of a chat in the order of the messages, a page at a time in memory. */
  *ofChat(chatId: ChatId): Generator<Tombstone, void, undefined> {
    yield* paged((last: Tombstone | undefined) =>
      this.#page
        .all(chatId, last?.messageId ?? Number.MIN_SAFE_INTEGER, last?.source ?? '')
        .map((row) => toTombstone(chatId, row)),
    );
  }
}

function toTombstone(chatId: ChatId, row: TombstoneRow): Tombstone {
  requireRow(row, { shape: TOMBSTONE_ROW, table: 'tombstones', key: [chatId, row.message_id] });
  return { chatId, messageId: row.message_id, source: row.source, noticedAtMs: row.noticed_at_ms };
}
