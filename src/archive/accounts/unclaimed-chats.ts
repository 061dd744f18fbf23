import { MIGRATED_ID_OFFSET } from '../../chat/chat.js';
import { type AccountId, UNKNOWN_ACCOUNT } from '../../chat/chat-id.js';
import type { PeerId } from '../../chat/peer.js';
import type { Database, Statement } from '../../disk/sqlite/database.js';
import { requireRow } from '../checks/json-data.js';
import { PEER_ROW, SAMPLE_ROW, SENDER_ROW } from '../checks/record-shapes.js';

/** A message of a chat without a known account, as it is in the mailbox that it comes from. */
export interface MailboxSample {
  /** Telegram's id, in the mailbox of the account. */
  readonly id: number;
  /** Its chat in that mailbox. */
  readonly peerId: PeerId;
  /** UTC milliseconds. */
  readonly dateMs: number;
}

interface SampleRow {
  readonly id: number;
  readonly peer_id: PeerId;
  readonly date_ms: number;
}

/** How many of the newest outgoing messages of each chat are checked. A chat may have millions. */
const OUTGOING_MESSAGES_LOOKED_AT = 1000;

/** Chats of account `?`, and channels with messages of a basic group of account `?`. The index holds just these. */
const UNCLAIMED = `id GLOB 'account[?]/*' OR migrated_account_id = '${UNKNOWN_ACCOUNT}'`;

/**
 * Chats that belong to one account, written by older versions that recorded no accounts. This class reads the evidence
 * that the archive has about the account, and assigns the chats to an account.
 */
export class UnclaimedChats {
  readonly #database: Database;
  readonly #any: Statement<{ readonly found: number }>;
  readonly #anyMessage: Statement<{ readonly found: number }>;
  readonly #anyCursor: Statement<{ readonly found: number }>;
  readonly #peers: Statement<{ readonly peer_id: PeerId; readonly kind: string }>;
  readonly #senders: Statement<{ readonly sender_id: PeerId }>;
  readonly #samples: Statement<SampleRow>;
  readonly #claims: readonly Statement[];

  constructor(database: Database) {
    this.#database = database;
    this.#any = database.prepare(`SELECT 1 AS found FROM chats WHERE ${UNCLAIMED} LIMIT 1`);
    this.#anyMessage = database.prepare(
      `SELECT 1 AS found FROM chats WHERE (${UNCLAIMED}) AND EXISTS (
         SELECT 1 FROM messages WHERE chat_id = chats.id) LIMIT 1`,
    );
    this.#anyCursor = database.prepare(
      `SELECT 1 AS found FROM chat_accounts WHERE account_id = '${UNKNOWN_ACCOUNT}' LIMIT 1`,
    );
    this.#peers = database.prepare(
      "SELECT peer_id, kind FROM chats WHERE id GLOB 'account[?]/*' AND peer_id GLOB 'user*' ORDER BY peer_id",
    );
    this.#senders = database.prepare(
      `SELECT DISTINCT sender_id FROM chat_accounts AS a CROSS JOIN messages AS m
       WHERE a.account_id = '${UNKNOWN_ACCOUNT}' AND NOT EXISTS (
           SELECT 1 FROM chat_accounts WHERE chat_id = a.chat_id AND account_id <> '${UNKNOWN_ACCOUNT}')
         AND m.key IN (
           SELECT key FROM messages WHERE chat_id = a.chat_id ORDER BY id DESC LIMIT ${OUTGOING_MESSAGES_LOOKED_AT})
         AND m.data ->> 'isOutgoing' = 1 AND m.sender_id GLOB 'user*' ORDER BY sender_id`,
    );
    this.#samples = database.prepare(
      `SELECT m.id + iif(m.id < 0, ${MIGRATED_ID_OFFSET}, 0) AS id, m.date_ms,
         iif(m.id < 0, c.data ->> 'migratedFrom', c.peer_id) AS peer_id
       FROM chats AS c CROSS JOIN messages AS m
       WHERE (c.id GLOB 'account[?]/*' OR c.migrated_account_id = '${UNKNOWN_ACCOUNT}') AND m.key IN (
           SELECT key FROM messages WHERE chat_id = c.id AND (c.account_id IS NOT NULL OR id < 0) AND date_ms > 0
           ORDER BY id DESC LIMIT ?1)
         AND peer_id IS NOT NULL
       ORDER BY m.date_ms DESC LIMIT ?2`,
    );
    this.#claims = CLAIMS.map((sql) => database.prepare(sql));
  }

  /** Whether there are such chats. */
  any(): boolean {
    return this.#any.get() !== undefined;
  }

  /** Whether one of them has a message. */
  anyWithMessages(): boolean {
    return this.#anyMessage.get() !== undefined;
  }

  /** Whether any chat, channels included, was last exported by an unknown account. */
  anyCursor(): boolean {
    return this.#anyCursor.get() !== undefined;
  }

  /**
   * The people and bots of such chats, and whether the chat is the saved messages, whose peer is the account itself.
   */
  people(): readonly { readonly peerId: PeerId; readonly isSelf: boolean }[] {
    return this.#peers.all().map((row) => {
      requireRow(row, { shape: PEER_ROW, table: 'chats', key: [row.peer_id] });
      return { peerId: row.peer_id, isSelf: row.kind === 'saved-messages' };
    });
  }

  /**
   * The senders of outgoing messages among the newest of each chat. Channels are included if no other account has
   * exported them since.
   */
  outgoingSenders(): readonly PeerId[] {
    return this.#senders.all().map((row) => {
      requireRow(row, { shape: SENDER_ROW, table: 'messages', key: [row.sender_id] });
      return row.sender_id;
    });
  }

  /** The newest messages of each chat. @param limits - Per chat, and in total: then the newest of all. */
  newestMessages(limits: { readonly perChat: number; readonly total: number }): readonly MailboxSample[] {
    return this.#samples.all(limits.perChat, limits.total).map((row) => {
      requireRow(row, { shape: SAMPLE_ROW, table: 'messages', key: [row.peer_id, row.id] });
      return { id: row.id, peerId: row.peer_id, dateMs: row.date_ms };
    });
  }

  /** Assigns all of them to the account, with the cursors in channels. Atomic; durable on return. */
  claim(account: AccountId): void {
    this.#database.transaction(() => {
      this.#database.exec('PRAGMA defer_foreign_keys = ON');
      for (const statement of this.#claims) statement.run(account);
    });
  }
}

/** `account?/user42` → `account7001/user42`. */
const claimed = (column: string): string => `'account' || ?1 || substr(${column}, instr(${column}, '/'))`;

/** Each statement has the account as its parameter. */
const CLAIMS = [
  `UPDATE chats SET id = ${claimed('id')} WHERE id GLOB 'account[?]/*'`,
  ...[
    ...['messages', 'message_versions', 'version_media', 'tombstones', 'media'],
    ...['descriptions', 'derivatives', 'chat_accounts'],
  ].map((table) => `UPDATE ${table} SET chat_id = ${claimed('chat_id')} WHERE chat_id GLOB 'account[?]/*'`),
  `UPDATE runs SET start = json_set(start, '$.chatId', ${claimed('chat_id')}, '$.account', ?1)
     WHERE chat_id GLOB 'account[?]/*'`,
  `UPDATE chats SET migrated_account_id = ?1 WHERE migrated_account_id = '${UNKNOWN_ACCOUNT}'`,
  // A channel that the account has walked by itself keeps that cursor.
  `UPDATE OR IGNORE chat_accounts SET account_id = ?1 WHERE account_id = '${UNKNOWN_ACCOUNT}'`,
];
