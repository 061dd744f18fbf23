import { join } from 'node:path';

import type { Archive } from '../../../archive/archive.js';
import { listedDerivatives, type ListedFile, listedMedia } from '../../../archive/files/listed-files.js';
import type { StoredChat } from '../../../archive/records.js';
import type { UploadItem } from '../../../upload/uploaded-file.js';
import { folderItems } from './folder-items.js';
import type { LeftOut } from './left-out.js';

/** Where media and what was made from them lie in the folder of a chat: rows say what is there. */
const OF_ROWS: ReadonlySet<string> = new Set(['media', 'thumbs']);

export interface ChatToSend {
  /** Says which files there are. It may be a copy. */
  readonly archive: Archive;
  /** Of the archive that has the files, absolute. */
  readonly directory: string;
  readonly chat: StoredChat;
  /** What its files are called at the far end begins with it. */
  readonly name: string;
  readonly leftOut: LeftOut;
}

/**
 * The files of a chat: its media in the order of its messages, what was made from them, and what was rendered. Names at the
 * far end are those in the archive, which are safe. What no row names in the folders of media, what is on its way and what is
 * hidden is nobody's, and is left out.
 *
 * @throws {ChatferryError} `ARCHIVE_DAMAGED`; the signal's reason when it aborts.
 */
export async function* chatItems(chat: ChatToSend, signal: AbortSignal): AsyncGenerator<UploadItem, void, void> {
  const { archive, chat: stored } = chat;
  for (const listed of [listedMedia(archive, stored.chat.id), listedDerivatives(archive, stored.chat.id)]) {
    for (const file of listed) {
      signal.throwIfAborted();
      yield itemOf(chat, file);
    }
  }
  yield* renderedItems(chat, signal);
}

/** One file that a row names. */
export function itemOf(
  { directory, chat, name }: Pick<ChatToSend, 'directory' | 'chat' | 'name'>,
  { path, sha256, mimeType }: ListedFile,
): UploadItem {
  return {
    path: join(directory, chat.folder, path),
    name: `${name}/${path}`,
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(mimeType === undefined ? {} : { contentType: mimeType }),
  };
}

/** What stands beside media in the folder of a chat: what was rendered, and its report. */
export async function* renderedItems(
  { directory, chat, name, leftOut }: ChatToSend,
  signal: AbortSignal,
): AsyncGenerator<UploadItem, void, void> {
  const path = join(directory, chat.folder);
  const skips = (_: string, relativePath: string): boolean => relativePath.startsWith('.') || OF_ROWS.has(relativePath);
  yield* folderItems({ path, name, leftOut, skips }, signal);
}
