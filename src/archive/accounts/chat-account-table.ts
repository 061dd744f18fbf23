import type { AccountId, ChatId } from '../../chat/chat-id.js';
import type { Cursor } from '../../chat/cursor.js';
import { type SourceName, TELEGRAM } from '../../chat/source-name.js';
import type { Database, Statement } from '../../disk/sqlite/database.js';
import { requireRow } from '../checks/json-data.js';
import { CHAT_ACCOUNT_ROW } from '../checks/record-shapes.js';

/**
 * What one account has seen of one chat through one source. A channel may have several accounts; every other chat
 * belongs to one.
 */
export interface ChatAccount {
  /** `UNKNOWN_ACCOUNT` if an older version wrote the row without an account, and no account has claimed it yet. */
  readonly accountId: AccountId;
  /** The source of its messages. Absent for `telegram`. */
  readonly source?: SourceName;
  /** Up to where the account has exported the chat. */
  readonly cursor?: Cursor;
  /** The lowest id that the account was shown. Older messages may be hidden from it. */
  readonly firstMessageId?: number;
  /** UTC milliseconds: when its first export of the chat began. */
  readonly firstSeenMs?: number;
  /** UTC milliseconds: when its last export of the chat began. */
  readonly lastSeenMs?: number;
  /** Its last run. */
  readonly lastRunId?: number;
  /** Absent before the first comparison. */
  readonly counts?: ComparedCounts;
}

/** How many messages of a chat the server counted for an account, and how many the archive had at the same moment. */
export interface ComparedCounts {
  readonly serverCount: number;
  readonly archiveCount: number;
  /** UTC milliseconds. */
  readonly checkedAtMs: number;
}

interface ChatAccountRow {
  readonly account_id: AccountId;
  readonly source: SourceName;
  readonly cursor: number | null;
  readonly first_message_id: number | null;
  readonly first_seen_ms: number | null;
  readonly last_seen_ms: number | null;
  readonly last_run_id: number | null;
  readonly server_count: number | null;
  readonly archive_count: number | null;
  readonly checked_at_ms: number | null;
}

/** Which accounts see which chats, and up to where each account has exported them. */
export class ChatAccountTable {
  readonly #note: Statement;
  readonly #of: Statement<ChatAccountRow>;
  readonly #reach: Statement;
  readonly #shownFrom: Statement;
  readonly #compared: Statement;

  constructor(database: Database) {
    this.#note = database.prepare(
      `INSERT INTO chat_accounts (chat_id, account_id, source, first_seen_ms, last_seen_ms, last_run_id)
       VALUES (?1, ?2, ?5, ?3, ?3, ?4) ON CONFLICT (chat_id, account_id, source) DO UPDATE SET first_seen_ms = coalesce(first_seen_ms, excluded.first_seen_ms),
         last_seen_ms = excluded.last_seen_ms, last_run_id = excluded.last_run_id`,
    );
    this.#of = database.prepare(
      'SELECT * FROM chat_accounts WHERE chat_id = ? ORDER BY first_seen_ms, account_id, source',
    );
    this.#reach = database.prepare(
      `INSERT INTO chat_accounts (chat_id, account_id, source, cursor, first_message_id) VALUES (?1, ?2, ?5, ?3, ?4)
       ON CONFLICT (chat_id, account_id, source) DO UPDATE SET cursor = excluded.cursor,
         first_message_id = min(coalesce(first_message_id, excluded.first_message_id), excluded.first_message_id)`,
    );
    this.#shownFrom = database.prepare(
      `UPDATE chat_accounts SET first_message_id = min(coalesce(first_message_id, ?3), ?3)
       WHERE chat_id = ?1 AND account_id = ?2 AND source = '${TELEGRAM}'`,
    );
    this.#compared = database.prepare(
      `INSERT INTO chat_accounts (chat_id, account_id, server_count, archive_count, checked_at_ms) VALUES (?1, ?2, ?3, ?4, ?5)
       ON CONFLICT (chat_id, account_id, source) DO UPDATE SET server_count = excluded.server_count,
         archive_count = excluded.archive_count, checked_at_ms = excluded.checked_at_ms`,
    );
  }

  /** Stores the counts of a comparison. */
  compared(chatId: ChatId, account: AccountId, { serverCount, archiveCount, checkedAtMs }: ComparedCounts): void {
    this.#compared.run(chatId, account, serverCount, archiveCount, checkedAtMs);
  }

  /** Records that an account exports a chat, or that an export of the account is imported. */
  note(chatId: ChatId, account: AccountId, { atMs, runId, source = TELEGRAM }: SeenAt): void {
    this.#note.run(chatId, account, atMs, runId ?? null, source);
  }

  /** The accounts that see a chat through a source, in the order of their first exports. */
  of(chatId: ChatId, source: SourceName = TELEGRAM): readonly ChatAccount[] {
    return this.all(chatId).filter((one) => (one.source ?? TELEGRAM) === source);
  }

  /** The same for all sources. */
  all(chatId: ChatId): readonly ChatAccount[] {
    return this.#of.all(chatId).map((row) => {
      requireRow(row, { shape: CHAT_ACCOUNT_ROW, table: 'chat_accounts', key: [chatId, row.account_id] });
      return toChatAccount(row);
    });
  }

  one(chatId: ChatId, account: AccountId, source: SourceName = TELEGRAM): ChatAccount | undefined {
    return this.of(chatId, source).find(({ accountId }) => accountId === account);
  }

  /** Moves the cursor of an account and a source in a chat. */
  reach(chatId: ChatId, account: AccountId, { cursor, firstMessageId, source = TELEGRAM }: ReachedMessages): void {
    this.#reach.run(chatId, account, cursor, firstMessageId, source);
  }

  /** Records that a known account sees messages from this id on. A lower id that is already stored stays. */
  shownFrom(chatId: ChatId, account: AccountId, firstMessageId: number): void {
    this.#shownFrom.run(chatId, account, firstMessageId);
  }
}

/** A range of messages that an account was shown, without a gap. */
export interface ReachedMessages {
  readonly cursor: Cursor;
  /** The lowest id of the range. */
  readonly firstMessageId: number;
  /** @defaultValue `telegram` */
  readonly source?: SourceName;
}

/** When an export or an import of a chat began. */
export interface SeenAt {
  /** UTC milliseconds. */
  readonly atMs: number;
  /** Absent if there is no run. */
  readonly runId?: number;
  /** @defaultValue `telegram` */
  readonly source?: SourceName;
}

function toChatAccount(row: ChatAccountRow): ChatAccount {
  return {
    accountId: row.account_id,
    ...(row.source !== TELEGRAM && { source: row.source }),
    ...(row.cursor !== null && { cursor: row.cursor }),
    ...(row.first_message_id !== null && { firstMessageId: row.first_message_id }),
    ...(row.first_seen_ms !== null && { firstSeenMs: row.first_seen_ms }),
    ...(row.last_seen_ms !== null && { lastSeenMs: row.last_seen_ms }),
    ...(row.last_run_id !== null && { lastRunId: row.last_run_id }),
    ...countsOf(row),
  };
}

function countsOf({ server_count, archive_count, checked_at_ms }: ChatAccountRow): Pick<ChatAccount, 'counts'> {
  if (server_count === null || archive_count === null || checked_at_ms === null) return {};
  return { counts: { serverCount: server_count, archiveCount: archive_count, checkedAtMs: checked_at_ms } };
}
