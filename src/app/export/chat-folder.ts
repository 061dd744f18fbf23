import type { Archive } from '../../archive/archive.js';
import type { StoredChat } from '../../archive/records.js';
import {
  type FolderQuestion,
  renameFolderBack,
  unclearFolder,
  whereFolderIs,
} from '../../archive/verify/chat-folders.js';
import type { Chat } from '../../chat/chat.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import type { RunEvents } from '../../pipeline/export-progress.js';
import { shortTitle } from '../../text/printable.js';

/**
 * Before a chat is exported: where a person has renamed its folder, gives it its name back, and says so. Otherwise all of
 * it would be fetched anew into a folder beside it.
 *
 * @throws {ChatferryError} `ARCHIVE_DAMAGED` where it cannot be told which folder is the chat's; `FILE_SYSTEM`.
 */
export async function recoverChatFolder(
  { id }: Chat,
  { archive, reporter }: { readonly archive: Archive; readonly reporter: RunEvents },
): Promise<void> {
  const stored = archive.chat(id);
  if (stored === undefined) return;
  const name = await renameFolderBack(questionOf(stored, archive));
  if (name === undefined) return;
  const text = `${shortTitle(stored.chat.title)}: its folder was renamed to "${name}". It is called "${stored.folder}" again, as the archive has it.`;
  reporter.event({ type: 'note', text });
}

/**
 * For those who only read: the folder must be where the archive has it, or gone altogether.
 *
 * @throws {ChatferryError} `ARCHIVE_DAMAGED` where it is elsewhere; `FILE_SYSTEM`.
 */
export async function requireChatFolder(stored: StoredChat, archive: Archive): Promise<void> {
  const place = await whereFolderIs(questionOf(stored, archive));
  if (place.state === 'unclear') throw unclearFolder(archive.directory, stored, place.folders);
  if (place.state !== 'renamed') return;
  throw new ChatferryError(
    'ARCHIVE_DAMAGED',
    `The folder of ${shortTitle(stored.chat.title)} is called "${place.folder}", the archive has it as "${stored.folder}". Rename it back, or export the chat, which does.`,
  );
}

function questionOf(stored: StoredChat, archive: Archive): FolderQuestion {
  return {
    directory: archive.directory,
    stored,
    chats: () => archive.chats(),
    hasFiles: archive.storedFiles.hasAny(stored.chat.id),
  };
}
