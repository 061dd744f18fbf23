import { fullName, lookUpChat, nearNamesHint } from '../chat/chat-lookup.js';
import type { AccountId } from '../chat/chat-id.js';
import { messageLinkNote, parseChatReference } from '../chat/chat-reference.js';
import { ChatferryError } from '../errors/chatferry-error.js';
import type { StoredChat } from './records.js';

export interface ChatChoiceOptions {
  /** As in an export: `@name`, link, id, title, `me`. Empty for all. */
  readonly references: readonly string[];
  /** The account that all of them belong to, if one was chosen. */
  readonly account?: AccountId | undefined;
  /** Called with one line if a reference was not taken literally. */
  readonly onNote: (text: string) => void;
}

/**
 * The chats of an archive that references name, each once, in the order of the references. All chats if there are no
 * references.
 *
 * @throws {ChatferryError} `CHAT_NOT_FOUND` with the nearest names; `USAGE` for a reference that is ambiguous or
 *   invalid.
 */
export function chosenChats(
  stored: readonly StoredChat[],
  { references, account, onNote }: ChatChoiceOptions,
): readonly StoredChat[] {
  if (references.length === 0) return stored;
  const chats = stored.map(({ chat, migratedAccount }) => ({ ...chat, migratedAccount }));
  const chosen = new Set<StoredChat>();
  for (const written of references) {
    const reference = parseChatReference(written);
    const found = lookUpChat(reference, chats, account);
    const place = stored.find(({ chat }) => chat.id === found?.chat.id);
    if (found === undefined || place === undefined) {
      const hint = nearNamesHint(reference, chats) || ' Export it first.';
      throw new ChatferryError('CHAT_NOT_FOUND', `There is no chat "${reference.text}" in the archive.${hint}`);
    }
    const linkNote = messageLinkNote(reference);
    if (linkNote !== undefined) onNote(linkNote);
    if (found.oldGroup !== undefined) {
      onNote(
        `"${fullName(found.chat)}" (${found.oldGroup}) became the supergroup ${found.chat.peerId}, which is used instead.`,
      );
    }
    chosen.add(place);
  }
  return [...chosen];
}
