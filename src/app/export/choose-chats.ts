import type { Chat } from '../../chat/chat.js';
import { lookUpChat, nearNamesHint } from '../../chat/chat-lookup.js';
import { type ChatReference, messageLinkNote, parseChatReference } from '../../chat/chat-reference.js';
import { ChatferryError, isChatferryError } from '../../errors/chatferry-error.js';
import type { LiveSource } from '../../source/live-source.js';

/** Finds chats. */
type ChatDirectory = Pick<LiveSource, 'chats' | 'resolveChat'>;

export interface ChatChoice {
  /** As users write them: `@name`, link, id, title, `me`. Empty for all chats of the account. */
  readonly references: readonly string[];
  /** Written like `references`: chats to leave out. */
  readonly excluded: readonly string[];
  /** Called with one line if an exclusion was not taken literally. */
  readonly onNote: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * The chats to export, each once: the named ones, in that order; or all of the account except the excluded ones.
 *
 * @throws {ChatferryError} what finding a chat throws, for the first that is not found or may not be read;
 *   `CHAT_NOT_FOUND` if an excluded chat is not one of the account; `USAGE` if an exclusion is ambiguous, or nothing
 *   remains.
 */
export async function chooseChats(source: ChatDirectory, choice: ChatChoice): Promise<readonly Chat[]> {
  const { references, signal } = choice;
  if (references.length === 0) return allBut(source, choice);
  const chats = new Map<Chat['id'], Chat>();
  for (const reference of references) {
    const chat = await resolve(source, reference, signal);
    chats.set(chat.id, chat);
  }
  return [...chats.values()];
}

async function resolve(source: ChatDirectory, reference: string, signal: AbortSignal): Promise<Chat> {
  try {
    return await source.resolveChat(reference, signal);
  } catch (error) {
    // A refusal by the server does not name the chat, and there may be several.
    if (!isChatferryError(error, 'NO_ACCESS')) throw error;
    throw new ChatferryError(error.code, `${reference}: ${error.message}`, { cause: error });
  }
}

async function allBut(source: ChatDirectory, { excluded, onNote, signal }: ChatChoice): Promise<readonly Chat[]> {
  const chats = new Map<Chat['id'], Chat>();
  for await (const chat of source.chats(signal)) chats.set(chat.id, chat);
  const all = [...chats.values()];
  for (const written of excluded) {
    const reference = parseChatReference(written);
    const chat = lookUpChat(reference, all)?.chat ?? (await asked(source, { reference, among: all }, signal));
    if (chat === undefined) {
      const hint = nearNamesHint(reference, all) || ' `chatferry chats` lists all.';
      throw new ChatferryError('CHAT_NOT_FOUND', `--exclude "${reference.text}" is not a chat of this account.${hint}`);
    }
    const linkNote = messageLinkNote(reference, 'left out');
    if (linkNote !== undefined) onNote(linkNote);
    chats.delete(chat.id);
  }
  if (chats.size === 0 && all.length > 0) {
    throw new ChatferryError(
      'USAGE',
      `--exclude leaves no chat to export: all ${all.length} are excluded. Remove one.`,
    );
  }
  return [...chats.values()];
}

/** A chat may have further usernames that a list does not show. */
async function asked(
  source: ChatDirectory,
  { reference, among }: { readonly reference: ChatReference; readonly among: readonly Chat[] },
  signal: AbortSignal,
): Promise<Chat | undefined> {
  try {
    const { id } = await source.resolveChat(reference.text, signal);
    return among.find((chat) => chat.id === id);
  } catch (error) {
    if (isChatferryError(error, 'CHAT_NOT_FOUND', 'NO_ACCESS')) return undefined;
    throw error;
  }
}
