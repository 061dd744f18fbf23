import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';

import { SCHEMA_1, SCHEMA_2, SCHEMA_3, SCHEMA_4, SCHEMA_5, SCHEMA_6 } from '../../src/archive/schema.js';

const STEPS = [SCHEMA_1, SCHEMA_2, SCHEMA_3, SCHEMA_4, SCHEMA_5, SCHEMA_6];

/**
 * Makes an archive as chatferry made it when its version was `version`: a released step never changes.
 *
 * @param fill - Writes what is to be in it.
 * @returns the path of the database.
 */
export function makeOldArchive(
  directory: string,
  version: 1 | 2 | 3 | 4 | 5 | 6,
  fill: (database: DatabaseSyncInstance) => void,
): string {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'archive.db');
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = WAL');
  for (const step of STEPS.slice(0, version)) database.exec(step);
  database.exec(`PRAGMA application_id = 1667658361; PRAGMA user_version = ${version}`);
  fill(database);
  database.close();
  return path;
}

export interface OldMessage {
  readonly chatId: string;
  readonly id: number;
  readonly dateMs: number;
  readonly senderId?: string;
  readonly isOutgoing?: boolean;
}

/** Writes a chat as archives did up to version 5. */
export function putOldChat(
  database: DatabaseSyncInstance,
  chat: { readonly id: string; readonly folder: string; readonly kind: string; readonly cursor: number },
): void {
  const data = JSON.stringify({ kind: chat.kind, title: chat.id, isPublic: false });
  database
    .prepare('INSERT INTO chats (id, folder, cursor, data) VALUES (?, ?, ?, ?)')
    .run(chat.id, chat.folder, chat.cursor, data);
}

/** Writes a message of text as archives did up to version 5. */
export function putOldMessage(database: DatabaseSyncInstance, message: OldMessage): void {
  const data = JSON.stringify(message.isOutgoing === true ? { isOutgoing: true } : {});
  database
    .prepare('INSERT INTO messages (chat_id, id, kind, date_ms, sender_id, text, data) VALUES (?, ?, ?, ?, ?, ?, ?)')
    .run(message.chatId, message.id, 'message', message.dateMs, message.senderId ?? null, `text ${message.id}`, data);
}
