import type { ChatId } from '../../chat/chat-id.js';
import type { PeerId } from '../../chat/peer.js';
import type { Database, SqlValue, Statement } from '../../disk/sqlite/database.js';
import { errorMessage, isChatferryError } from '../../errors/chatferry-error.js';
import type { AccountTable } from '../accounts/account-table.js';
import type { ChatAccountTable } from '../accounts/chat-account-table.js';
import { dataOf } from '../checks/json-data.js';
import { SENDER_DATA } from '../checks/record-shapes.js';
import type { DescriptionTable } from '../tables/description-table.js';
import { fromMediaRow, type MediaRow } from '../tables/media-row.js';
import { SELECT_MEDIA } from '../tables/media-table.js';
import { fromMessageRow, MESSAGE_COLUMNS, type MessageRow } from '../tables/message-row.js';
import type { RunTable } from '../tables/run-table.js';
import type { TombstoneTable } from '../tables/tombstone-table.js';
import type { VersionTable } from '../tables/version-table.js';

/** A record that other commands cannot read. */
export interface UnreadableRecord {
  readonly messageId?: number;
  /** The problem, for users. */
  readonly text: string;
}

/** A page of records of one table. */
export interface CheckedRecords {
  readonly messageCount: number;
  readonly unreadable: readonly UnreadableRecord[];
}

interface Tables {
  readonly accounts: AccountTable;
  readonly chatAccounts: ChatAccountTable;
  readonly descriptions: DescriptionTable;
  readonly runs: RunTable;
  readonly tombstones: TombstoneTable;
  readonly versions: VersionTable;
}

interface SenderRow {
  readonly id: PeerId;
  readonly data: string;
}

/** How the rows of a table are read. */
interface Walk<Row> {
  readonly table: string;
  readonly pageAfter: (last: Row | undefined) => readonly Row[];
  /** Reads one row as other commands do. @throws {ChatferryError} `ARCHIVE_DAMAGED` */
  readonly read: (row: Row) => unknown;
  readonly messageIdOf?: (row: Row) => unknown;
}

/** Rows in memory at once: less than 1 MB of text, as for other readers. */
const PAGE_SIZE = 200;
/** Maximum number of reported rows per table and chat. */
const MAX_NAMED = 100;

/** Reads every record of an archive as other commands do, and reports those that cannot be read. */
export class RecordCheck {
  readonly #tables: Tables;
  readonly #messages: Statement<MessageRow>;
  readonly #media: Statement<MediaRow>;
  readonly #descriptions: Statement<{ readonly sha256: string }>;
  readonly #senders: Statement<SenderRow>;
  readonly #versioned: Statement<{ readonly message_id: number }>;

  constructor(database: Database, tables: Tables) {
    this.#tables = tables;
    this.#messages = database.prepare(
      `SELECT ${MESSAGE_COLUMNS} FROM messages WHERE chat_id = ? AND id > ? ORDER BY id LIMIT ${PAGE_SIZE}`,
    );
    this.#media = database.prepare(
      `${SELECT_MEDIA} WHERE m.chat_id = ? AND (m.message_id, m.position) > (?, ?)
       ORDER BY m.message_id, m.position LIMIT ${PAGE_SIZE}`,
    );
    this.#descriptions = database.prepare(
      `SELECT sha256 FROM descriptions WHERE chat_id = ? AND sha256 > ? ORDER BY sha256 LIMIT ${PAGE_SIZE}`,
    );
    this.#versioned = database.prepare(
      `SELECT DISTINCT message_id FROM message_versions WHERE chat_id = ? AND message_id > ?
       ORDER BY message_id LIMIT ${PAGE_SIZE}`,
    );
    this.#senders = database.prepare(`SELECT id, data FROM senders WHERE id > ? ORDER BY id LIMIT ${PAGE_SIZE}`);
  }

  /** The records of one chat, a page at a time in memory. */
  *ofChat(chatId: ChatId): Generator<CheckedRecords, void, void> {
    const { chatAccounts, descriptions, tombstones, versions } = this.#tables;
    yield* pagesOf<MessageRow>({
      table: 'messages',
      pageAfter: (last) => this.#messages.all(chatId, valueOf(last?.id)),
      read: (row) => fromMessageRow(row, []),
      messageIdOf: ({ id }) => id,
    });
    yield* pagesOf<MediaRow>({
      table: 'media',
      pageAfter: (last) => this.#media.all(chatId, valueOf(last?.message_id), valueOf(last?.position)),
      read: fromMediaRow,
      messageIdOf: (row) => row.message_id,
    });
    yield* pagesOf<{ readonly sha256: string }>({
      table: 'descriptions',
      pageAfter: (last) => this.#descriptions.all(chatId, last?.sha256 ?? ''),
      read: ({ sha256 }) => descriptions.one(chatId, sha256),
    });
    yield* pagesOf<{ readonly message_id: number }>({
      table: 'message_versions',
      pageAfter: (last) => this.#versioned.all(chatId, valueOf(last?.message_id)),
      read: ({ message_id: id }) => versions.of(chatId, id),
      messageIdOf: (row) => row.message_id,
    });
    yield* once(() => {
      for (let rows = tombstones.ofChat(chatId); rows.next().done !== true;);
    });
    yield* once(() => chatAccounts.all(chatId));
  }

  /** The records that belong to no chat. */
  *ofAll(): Generator<CheckedRecords, void, void> {
    const { accounts, runs } = this.#tables;
    yield* once(() => accounts.all());
    yield* once(() => runs.all());
    yield* pagesOf<SenderRow>({
      table: 'senders',
      pageAfter: (last) => this.#senders.all(last?.id ?? ''),
      read: ({ id, data }) => dataOf(data, { shape: SENDER_DATA, column: 'senders.data', key: [id] }),
    });
  }
}

/** SQLite orders values of all types; these sort before all others. */
function valueOf(last: SqlValue | undefined): SqlValue {
  return last ?? -Infinity;
}

function* pagesOf<Row>({ table, pageAfter, read, messageIdOf }: Walk<Row>): Generator<CheckedRecords, void, void> {
  let foundCount = 0;
  for (let last: Row | undefined; ;) {
    const page: Row[] = [];
    const whole = problemIn(() => page.push(...pageAfter(last)));
    if (whole !== undefined) {
      yield { messageCount: 0, unreadable: [{ text: whole }] }; // The rows after it cannot be reached.
      return;
    }
    if (page.length === 0) break;
    last = page.at(-1);
    const unreadable: UnreadableRecord[] = [];
    for (const row of page) {
      const text = problemIn(() => read(row));
      if (text === undefined) continue;
      foundCount += 1;
      const messageId = messageIdOf?.(row);
      if (foundCount <= MAX_NAMED) unreadable.push({ text, ...(typeof messageId === 'number' && { messageId }) });
    }
    yield { messageCount: table === 'messages' ? page.length : 0, unreadable };
  }
  const more = foundCount - MAX_NAMED;
  if (more > 0) yield { messageCount: 0, unreadable: [{ text: `${more} more rows of ${table} cannot be read.` }] };
}

function* once(read: () => unknown): Generator<CheckedRecords, void, void> {
  const text = problemIn(read);
  if (text !== undefined) yield { messageCount: 0, unreadable: [{ text }] };
}

/** The problem, for users; undefined if the row can be read. */
function problemIn(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (!isChatferryError(error, 'ARCHIVE_DAMAGED')) throw error;
    return errorMessage(error);
  }
}
