import type { Chat } from '../chat/chat.js';
import type { Cursor } from '../chat/cursor.js';
import type { PeerId } from '../chat/peer.js';
import { ChatferryError } from '../errors/chatferry-error.js';
import type { Database, Statement } from './database.js';
import { folderName } from './folder-name.js';
import type { StoredChat } from './records.js';

interface ChatRow {
  readonly id: PeerId;
  readonly folder: string;
  readonly cursor: number | null;
  readonly data: string;
}

/** The chats of an archive, their folders and their cursors. */
export class ChatTable {
  readonly #place: Statement;
  readonly #all: Statement<ChatRow>;
  readonly #one: Statement<ChatRow>;
  readonly #setCursor: Statement;

  constructor(database: Database) {
    this.#place = database.prepare(
      'INSERT INTO chats (id, folder, data) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data',
    );
    this.#all = database.prepare('SELECT id, folder, cursor, data FROM chats ORDER BY folder');
    this.#one = database.prepare('SELECT id, folder, cursor, data FROM chats WHERE id = ?');
    this.#setCursor = database.prepare('UPDATE chats SET cursor = ? WHERE id = ?');
  }

  /** Inserts the chat, or refreshes what is known of it. Its folder is named once. */
  place(chat: Chat): StoredChat {
    const { id, ...data } = chat;
    this.#place.run(id, folderName(chat), JSON.stringify(data));
    const stored = this.one(id);
    if (stored === undefined) throw new ChatferryError('INTERNAL', `The chat ${id} is gone after it was placed.`);
    return stored;
  }

  /** In the order of their folders' names. */
  all(): readonly StoredChat[] {
    return this.#all.all().map(toStoredChat);
  }

  one(id: PeerId): StoredChat | undefined {
    const row = this.#one.get(id);
    return row === undefined ? undefined : toStoredChat(row);
  }

  /** @returns its folder. @throws {ChatferryError} `INTERNAL` when the chat has no place yet. */
  requirePlace(id: PeerId): string {
    const folder = this.#one.get(id)?.folder;
    if (folder !== undefined) return folder;
    throw new ChatferryError('INTERNAL', `The chat ${id} has no place in the archive: call placeChat first.`);
  }

  setCursor(id: PeerId, cursor: Cursor): void {
    this.#setCursor.run(cursor, id);
  }
}

function toStoredChat({ id, folder, cursor, data }: ChatRow): StoredChat {
  const chat: Chat = { ...(JSON.parse(data) as Omit<Chat, 'id'>), id };
  return cursor === null ? { chat, folder } : { chat, folder, cursor };
}
