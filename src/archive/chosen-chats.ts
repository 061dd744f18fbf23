import { fullName, lookUpChat, nearNamesHint } from '../chat/chat-lookup.js';
import { messageLinkNote, parseChatReference } from '../chat/chat-reference.js';
import { ChatferryError } from '../errors/chatferry-error.js';
import type { StoredChat } from './records.js';

/**
 * The chats of an archive that references name, each once, in the order of the references; all where there is none.
 * References are those of an export: `@name`, link, id, title, `me`.
 *
 * @param onNote - Told in one line when what is taken is not just what was written.
 * @throws {ChatferryError} `CHAT_NOT_FOUND` with the nearest names; `USAGE` for a reference that means several chats, or
 *   that can mean none.
 */
export function chosenChats(
  stored: readonly StoredChat[],
  references: readonly string[],
  onNote: (text: string) => void,
): readonly StoredChat[] {
  if (references.length === 0) return stored;
  const chats = stored.map(({ chat }) => chat);
  const chosen = new Set<StoredChat>();
  for (const written of references) {
    const reference = parseChatReference(written);
    const found = lookUpChat(reference, chats);
    const place = stored.find(({ chat }) => chat === found?.chat);
    if (found === undefined || place === undefined) {
      const hint = nearNamesHint(reference, chats) || ' Export it first.';
      throw new ChatferryError('CHAT_NOT_FOUND', `There is no chat "${reference.text}" in the archive.${hint}`);
    }
    const linkNote = messageLinkNote(reference);
    if (linkNote !== undefined) onNote(linkNote);
    if (found.oldGroup !== undefined) {
      onNote(
        `"${fullName(found.chat)}" (${found.oldGroup}) became the supergroup ${found.chat.peerId}, which is taken.`,
      );
    }
    chosen.add(place);
  }
  return [...chosen];
}
