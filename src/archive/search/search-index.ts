import type { ChatId } from '../../chat/chat-id.js';
import type { Message } from '../../chat/message.js';
import type { Database, Statement } from '../../disk/sqlite/database.js';
import { searchQuery } from './search-query.js';
import { searchText } from './search-text.js';

/** The words of all messages, by message key. */
export class SearchIndex {
  readonly #insert: Statement;
  readonly #delete: Statement;
  readonly #find: Statement<{ readonly key: number }>;

  constructor(database: Database) {
    this.#insert = database.prepare('INSERT INTO message_search (rowid, text, names) VALUES (?, ?, ?)');
    this.#delete = database.prepare('DELETE FROM message_search WHERE rowid = ?');
    this.#find = database.prepare(
      `SELECT m.key FROM message_search AS s JOIN messages AS m ON m.key = s.rowid
       WHERE message_search MATCH ?1 AND (?2 IS NULL OR m.chat_id = ?2) ORDER BY m.date_ms DESC, m.key DESC LIMIT ?3`,
    );
  }

  /** Indexes a message that is not in the index. */
  insert(key: number, message: Message): void {
    const { text, names } = searchText(message);
    if (text !== '' || names !== '') this.#insert.run(key, text, names);
  }

  /** Indexes a message again. */
  replace(key: number, message: Message): void {
    this.#delete.run(key);
    this.insert(key, message);
  }

  /** Keys of the messages that `query` finds, newest first. Any text is a query; one without words finds nothing. */
  find(query: string, chatId: ChatId | undefined, limit: number): readonly number[] {
    const match = searchQuery(query);
    return match === undefined ? [] : this.#find.all(match, chatId ?? null, limit).map(({ key }) => key);
  }
}
