import { stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';

import { DATABASE_FILE } from '../../../archive/archive-database.js';
import type { StoredChat } from '../../../archive/records.js';
import { chatLinkMeaning } from '../../../chat/chat-link.js';
import { entryAt } from '../../../disk/entry.js';
import { fileError, isSystemError } from '../../../disk/file-error.js';
import { ChatferryError } from '../../../errors/chatferry-error.js';
import { refuseLostBytes } from '../../../errors/lost-bytes.js';
import { ArchiveChats } from './archive-chats.js';

/** The meaning of one argument. Paths are absolute. */
export type NamedUpload =
  /** `database`: the database of an archive, which may be in use. */
  | { readonly kind: 'archive' | 'folder' | 'file' | 'database'; readonly path: string }
  | { readonly kind: 'chat'; readonly directory: string; readonly chat: StoredChat };

export interface MeaningOptions {
  readonly cwd: string;
  /** Of the archive whose chats can be named. */
  readonly chats: ArchiveChats;
}

/** The files of SQLite and of the archive lock beside the database. */
const BESIDE_DATABASE = [`${DATABASE_FILE}-wal`, `${DATABASE_FILE}-shm`, `${DATABASE_FILE}-journal`, 'archive.lock'];

/** Whether a file is only of use to the process that has the archive open. @param path - Absolute. */
export async function isBesideDatabase(path: string): Promise<boolean> {
  return BESIDE_DATABASE.includes(basename(path)) && (await hasDatabase(dirname(path)));
}

/** Whether a folder has the database of an archive. */
export async function hasDatabase(folder: string): Promise<boolean> {
  return (await entryAt(join(folder, DATABASE_FILE)))?.kind === 'file';
}

/**
 * Resolves an argument. `@name` and links are chats; text with a slash or a leading dot is a path. Any other word may
 * be either, and is refused if both exist.
 *
 * @throws {ChatferryError} `USAGE` for an argument that matches nothing, or is ambiguous, and for a path that is not
 *   UTF-8; `CHAT_NOT_FOUND` with the nearest names; what opening the archive throws.
 */
export async function meaningOf(written: string, { cwd, chats }: MeaningOptions): Promise<NamedUpload> {
  const text = written.trim();
  if (text.startsWith('@') || chatLinkMeaning(text) !== undefined) return chats.require(text);
  const path = resolve(cwd, written);
  const kind = await kindOf(path);
  if (isPath(written)) {
    if (kind === undefined) {
      refuseLostBytes(written);
      throw new ChatferryError('USAGE', `There is no file or folder "${written}". Check its spelling.`);
    }
    return pathMeaning(path, kind);
  }
  if (kind === undefined) {
    if ((await chats.find(text)) === undefined) refuseLostBytes(written);
    return chats.require(text, `There is no file or folder "${text}" in ${cwd}. `);
  }
  const chat = await chats.find(text);
  if (chat === undefined) return pathMeaning(path, kind);
  throw new ChatferryError(
    'USAGE',
    `"${text}" is a ${kind} here and a chat of the archive. Write ./${text} for the ${kind}, or ${shownName(chat.chat)} for the chat.`,
  );
}

function shownName({ chat }: StoredChat): string {
  return chat.username === undefined ? chat.peerId : `@${chat.username}`;
}

function isPath(written: string): boolean {
  return (
    /[\\/]/.test(written.replaceAll('\\', process.platform === 'win32' ? '/' : '_')) ||
    written.startsWith('.') ||
    isAbsolute(written)
  );
}

async function pathMeaning(path: string, kind: 'file' | 'folder'): Promise<NamedUpload> {
  if (kind === 'file') {
    if (await isBesideDatabase(path)) {
      const message = `${path} belongs to an open archive. Name the archive: ${dirname(path)}.`;
      throw new ChatferryError('USAGE', message);
    }
    return { kind: basename(path) === DATABASE_FILE ? 'database' : 'file', path };
  }
  if (await hasDatabase(path)) return { kind: 'archive', path };
  if (await hasDatabase(dirname(path))) {
    using chats = new ArchiveChats({ exportDir: dirname(path), account: undefined, onNote: () => undefined });
    const chat = await chats.inFolder(basename(path));
    if (chat !== undefined) return chat;
  }
  return { kind, path };
}

/** Links are followed, because the user named them. */
async function kindOf(path: string): Promise<'file' | 'folder' | undefined> {
  try {
    const found = await stat(path);
    if (found.isFile()) return 'file';
    if (found.isDirectory()) return 'folder';
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'EINVAL')) return undefined;
    throw fileError(error, 'read', path);
  }
  throw new ChatferryError('USAGE', `${path} is neither a file nor a folder. Name one that is.`);
}
