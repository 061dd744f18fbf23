import type { Archive } from '../../archive/archive.js';
import type { StoredChat } from '../../archive/records.js';
import {
  type FolderSearch,
  restoreFolderName,
  unclearFolder,
  locateFolder,
} from '../../archive/verify/chat-folders.js';
import type { Chat } from '../../chat/chat.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import type { RunEvents } from '../../pipeline/export-progress.js';
import { shortTitle } from '../../text/printable.js';

/**
 * Restores the name of a chat's folder before an export if a person has renamed it, and reports that. Otherwise
 * everything would be fetched again into a new folder beside it.
 *
 * @throws {ChatferryError} `ARCHIVE_DAMAGED` if the right folder cannot be determined; `FILE_SYSTEM`.
 */
export async function recoverChatFolder(
  { id }: Chat,
  { archive, reporter }: { readonly archive: Archive; readonly reporter: RunEvents },
): Promise<void> {
  const stored = archive.chat(id);
  if (stored === undefined) return;
  const name = await restoreFolderName(questionOf(stored, archive));
  if (name === undefined) return;
  const text = `${shortTitle(stored.chat.title)}: its folder was renamed to "${name}". It is called "${stored.folder}" again, as the archive has it.`;
  reporter.event({ type: 'note', text });
}

/**
 * For readers: requires that the folder is where the archive has it, or does not exist at all.
 *
 * @throws {ChatferryError} `ARCHIVE_DAMAGED` if it is elsewhere; `FILE_SYSTEM`.
 */
export async function requireChatFolder(stored: StoredChat, archive: Archive): Promise<void> {
  const place = await locateFolder(questionOf(stored, archive));
  if (place.state === 'unclear') throw unclearFolder(archive.directory, stored, place.folders);
  if (place.state !== 'renamed') return;
  throw new ChatferryError(
    'ARCHIVE_DAMAGED',
    `The folder of ${shortTitle(stored.chat.title)} is called "${place.folder}", the archive has it as "${stored.folder}". Rename it back, or export the chat, which does.`,
  );
}

function questionOf(stored: StoredChat, archive: Archive): FolderSearch {
  return {
    directory: archive.directory,
    stored,
    chats: () => archive.chats(),
    hasFiles: archive.storedFiles.hasAny(stored.chat.id),
  };
}
