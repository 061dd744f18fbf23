import { type AccountId, type ChatId, peerOf } from '../../chat/chat-id.js';
import type { Chat } from '../../chat/chat.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import type { Database, Statement } from '../../disk/sqlite/database.js';
import { dataOf, requireRow } from '../checks/json-data.js';
import { CHAT_DATA, CHAT_ROW } from '../checks/record-shapes.js';
import { chatFolderOf, type UncheckedText, violationError, folderOwnerProblem } from '../checks/unchecked-text.js';
import { folderName } from '../files/folder-name.js';
import type { StoredChat } from '../records.js';

interface ChatRow {
  readonly id: ChatId;
  readonly folder: UncheckedText;
  readonly migrated_account_id: AccountId | null;
  readonly data: string;
}

const SELECT_CHAT = 'SELECT id, folder, migrated_account_id, data FROM chats';

/** The chats of an archive and their folders. */
export class ChatTable {
  readonly #place: Statement;
  readonly #all: Statement<ChatRow>;
  readonly #one: Statement<ChatRow>;
  readonly #claimMigrated: Statement;
  readonly #hasPeer: Statement<{ readonly found: number }>;

  constructor(database: Database) {
    this.#place = database.prepare(
      'INSERT INTO chats (id, folder, data) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data',
    );
    this.#all = database.prepare(`${SELECT_CHAT} ORDER BY folder`);
    this.#one = database.prepare(`${SELECT_CHAT} WHERE id = ?`);
    this.#claimMigrated = database.prepare(
      'UPDATE chats SET migrated_account_id = ? WHERE id = ? AND migrated_account_id IS NULL',
    );
    this.#hasPeer = database.prepare('SELECT 1 AS found FROM chats WHERE peer_id = ? AND id <> ? LIMIT 1');
  }

  /** Inserts the chat, or updates it. The name of its folder never changes. */
  place(chat: Chat): StoredChat {
    const { id, peerId, ...data } = withOldGroup(chat, this.one(chat.id));
    const isTaken = this.#hasPeer.get(peerId, id) !== undefined;
    this.#place.run(id, folderName(chat, { namesAccount: isTaken }), JSON.stringify(data));
    const stored = this.one(id);
    if (stored === undefined) throw new ChatferryError('INTERNAL', `The chat ${id} is gone after it was placed.`);
    return stored;
  }

  /** In the order of their folders' names. */
  all(): readonly StoredChat[] {
    return this.#all.all().map(toStoredChat);
  }

  one(id: ChatId): StoredChat | undefined {
    const row = this.#one.get(id);
    return row === undefined ? undefined : toStoredChat(row);
  }

  /** @returns its folder. @throws {ChatferryError} `INTERNAL` when the chat has no place yet. */
  requirePlace(id: ChatId): string {
    const row = this.#one.get(id);
    if (row !== undefined) return ownFolderOf(row);
    throw new ChatferryError('INTERNAL', `The chat ${id} has no place in the archive: call placeChat first.`);
  }

  /** Sets the account whose basic group the messages with negative ids come from, if none is set yet. */
  claimMigrated(id: ChatId, account: AccountId): void {
    this.#claimMigrated.run(account, id);
  }
}

/** The origin of a group stays known, even if the current account cannot see it. */
function withOldGroup(chat: Chat, before: StoredChat | undefined): Chat {
  const migratedFrom = chat.migratedFrom ?? before?.chat.migratedFrom;
  return migratedFrom === undefined ? chat : { ...chat, migratedFrom };
}

/** The name of a folder ends with the ids of its chat, so that no two chats share a folder. */
function ownFolderOf({ id, folder: name }: ChatRow): string {
  const folder = chatFolderOf(name, 'chats.folder');
  const reason = folderOwnerProblem(folder, id);
  if (reason === undefined) return folder;
  throw violationError({ column: 'chats.folder', value: folder, reason });
}

function toStoredChat(row: ChatRow): StoredChat {
  const { id, migrated_account_id: migratedAccount } = row;
  requireRow(row, { shape: CHAT_ROW, table: 'chats', key: [id] });
  const folder = ownFolderOf(row);
  const data = dataOf(row.data, { shape: CHAT_DATA, column: 'chats.data', key: [id] }) as Omit<Chat, 'id' | 'peerId'>;
  const chat: Chat = { ...data, id, peerId: peerOf(id) };
  return migratedAccount === null ? { chat, folder } : { chat, folder, migratedAccount };
}
