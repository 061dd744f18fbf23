import { ChatferryError } from '../errors/chatferry-error.js';
import { editDistance } from '../errors/near-name.js';
import type { Chat } from './chat.js';
import { type ChatId, peerOf } from './chat-id.js';
import type { ChatMeaning, ChatReference } from './chat-reference.js';
import type { PeerId } from './peer.js';

const SUGGESTION_COUNT = 3;

/** A chat that a reference means. */
export interface FoundChat {
  readonly chat: Chat;
  /** The basic group that was named, where `chat` is the supergroup that it became. */
  readonly oldGroup?: PeerId;
}

/**
 * The chat that a reference means among chats that are all known, such as those of an archive. A basic group that
 * became a supergroup which is among them means that one, as it does where Telegram is asked.
 *
 * @returns undefined when none of them is meant.
 * @throws {ChatferryError} `USAGE` when several are meant, or the reference names no chat.
 */
export function lookUpChat(reference: ChatReference, chats: readonly Chat[]): FoundChat | undefined {
  for (const meaning of reference.meanings) {
    const found = new Map<ChatId, FoundChat>();
    for (const one of meant(meaning, chats)) {
      if (one.oldGroup === undefined || !found.has(one.chat.id)) found.set(one.chat.id, one);
    }
    if (found.size > 1) throw severalChats(reference, [...found.keys()].map(peerOf));
    const [only] = found.values();
    if (only !== undefined) return only;
  }
  if (reference.refusal !== undefined) throw new ChatferryError('USAGE', reference.refusal);
  return undefined;
}

function meant(meaning: ChatMeaning, chats: readonly Chat[]): readonly FoundChat[] {
  switch (meaning.kind) {
    case 'self':
      return chats.filter(({ kind }) => kind === 'saved-messages').map((chat) => ({ chat }));
    case 'username': {
      const wanted = meaning.username.toLowerCase();
      return chats.filter(({ username }) => username?.toLowerCase() === wanted).map((chat) => ({ chat }));
    }
    case 'title':
      return chatsCalled(meaning.title, chats).map((chat) => successor(chat.peerId, chats) ?? { chat });
    case 'id':
      for (const id of meaning.candidates) {
        const after = successor(id, chats);
        if (after !== undefined) return [after];
        const found = chats.filter((chat) => chat.peerId === id);
        if (found.length > 0) return found.map((chat) => ({ chat }));
      }
      return [];
  }
}

function successor(id: PeerId, chats: readonly Chat[]): FoundChat | undefined {
  const chat = chats.find(({ migratedFrom }) => migratedFrom === id);
  return chat && { chat, oldGroup: id };
}

/**
 * The chats that are called so: as it is written, else whatever the case, the spaces and what no screen shows, else
 * people with this first name.
 */
export function chatsCalled(title: string, chats: readonly Chat[]): readonly Chat[] {
  const wanted = comparable(title);
  const ways: readonly ((chat: Chat) => boolean)[] = [
    (chat) => fullName(chat) === title,
    (chat) => comparable(fullName(chat)) === wanted,
    (chat) => chat.lastName !== undefined && comparable(chat.title) === wanted,
  ];
  for (const isCalledSo of wanted === '' ? ways.slice(0, 1) : ways) {
    const called = chats.filter(isCalledSo);
    if (called.length > 0) return called;
  }
  return [];
}

/** A title, or first and last name. Empty for a deleted account. */
export function fullName({ title, lastName }: Pick<Chat, 'title' | 'lastName'>): string {
  return lastName === undefined ? title : `${title} ${lastName}`.trim();
}

/** Said when a reference means several chats. */
export function severalChats({ text }: ChatReference, ids: readonly string[]): ChatferryError {
  return new ChatferryError(
    'USAGE',
    `${ids.length} chats are called "${text}". Give one of these ids: ${ids.join(', ')}.`,
  );
}

/** Said when a reference means no chat: ` Did you mean @harbour_crew or "Harbour Crew"?`. Empty when nothing is near. */
export function nearNamesHint({ meanings }: ChatReference, chats: readonly Chat[]): string {
  const near = meanings.flatMap((meaning) => {
    const wanted =
      meaning.kind === 'title' ? meaning.title : meaning.kind === 'username' ? meaning.username : undefined;
    return wanted === undefined ? [] : nearNames(wanted, chats);
  });
  const shown = [...new Set(near.sort((one, other) => one.distance - other.distance).map(({ name }) => name))];
  return shown.length === 0 ? '' : ` Did you mean ${shown.slice(0, SUGGESTION_COUNT).join(' or ')}?`;
}

/** Names a few slips away: usernames with their `@`, titles in quotes. */
function nearNames(wanted: string, chats: readonly Chat[]): { readonly name: string; readonly distance: number }[] {
  const patience = Math.min(3, Math.max(1, Math.floor(wanted.length / 3)));
  const distanceTo = (name: string): number => editDistance(comparable(wanted), comparable(name));
  return chats
    .flatMap((chat) => [
      ...(chat.username === undefined ? [] : [{ name: `@${chat.username}`, distance: distanceTo(chat.username) }]),
      ...(fullName(chat) === '' ? [] : [{ name: `"${fullName(chat)}"`, distance: distanceTo(fullName(chat)) }]),
    ])
    .filter(({ distance }) => distance <= patience);
}

/** Without what no screen shows, and what stands there in its place (`cli/terminal/printable`). */
function comparable(name: string): string {
  return name
    .replaceAll(/(?![\t\n\r])[\p{Cc}\p{Bidi_Control}\uFFFD]/gu, '')
    .replaceAll(/\s+/gu, ' ')
    .trim()
    .normalize('NFC')
    .toLowerCase();
}
