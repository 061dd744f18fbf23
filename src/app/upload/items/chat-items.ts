import { join } from 'node:path';

import type { Archive } from '../../../archive/archive.js';
import type { ArchiveFile } from '../../../archive/files/archive-file.js';
import type { StoredChat } from '../../../archive/records.js';
import type { UploadItem } from '../../../upload/uploaded-file.js';
import { folderItems } from './folder-items.js';
import type { LeftOut } from './left-out.js';

/** The folders of media and derivatives in the folder of a chat. Their files are listed by rows. */
const OF_ROWS: ReadonlySet<string> = new Set(['media', 'thumbs']);

export interface ChatToSend {
  /** Lists the files. It may be a copy. */
  readonly archive: Archive;
  /** Of the archive that has the files, absolute. */
  readonly directory: string;
  readonly chat: StoredChat;
  /** The prefix of its file names at the target. */
  readonly name: string;
  readonly leftOut: LeftOut;
}

/**
 * The files of a chat: its media in the order of the messages, those of other versions of messages, derivatives, and
 * rendered files. Their names at the target are those in the archive, which are safe. Missing files, files in media
 * folders without a row, unfinished files and hidden files are left out.
 *
 * @throws {ChatferryError} `ARCHIVE_DAMAGED`; the signal's reason when it aborts.
 */
export async function* chatItems(chat: ChatToSend, signal: AbortSignal): AsyncGenerator<UploadItem, void, void> {
  const { archive, chat: stored } = chat;
  for (const file of archive.files({ chatId: stored.chat.id })) {
    signal.throwIfAborted();
    if (!file.isMissing) yield itemOf(chat, file);
  }
  yield* renderedItems(chat, signal);
}

/** One file that a row names. */
export function itemOf(
  { directory, chat, name }: Pick<ChatToSend, 'directory' | 'chat' | 'name'>,
  { pathInChat, sha256, mimeType, madeFrom }: ArchiveFile,
): UploadItem {
  return {
    path: join(directory, chat.folder, pathInChat),
    name: `${name}/${pathInChat}`,
    ...(sha256 === undefined ? {} : { sha256 }),
    // The names of derivatives say what they are.
    ...(mimeType === undefined || madeFrom !== undefined ? {} : { contentType: mimeType }),
  };
}

/** The other files in the folder of a chat: rendered files and the report. */
export async function* renderedItems(
  { directory, chat, name, leftOut }: ChatToSend,
  signal: AbortSignal,
): AsyncGenerator<UploadItem, void, void> {
  const path = join(directory, chat.folder);
  const skips = (_: string, relativePath: string): boolean => relativePath.startsWith('.') || OF_ROWS.has(relativePath);
  yield* folderItems({ path, name, leftOut, skips }, signal);
}
