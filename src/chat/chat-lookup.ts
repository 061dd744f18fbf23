import { ChatferryError } from '../errors/chatferry-error.js';
import { editDistance } from '../errors/near-name.js';
import { ACTING } from '../text/acting-characters.js';
import type { Chat } from './chat.js';
import { type AccountId, type ChatId, ownerOf } from './chat-id.js';
import type { ChatMeaning, ChatReference } from './chat-reference.js';
import type { PeerId } from './peer.js';

const SUGGESTION_COUNT = 3;

/** A chat that a reference may mean. */
export interface KnownChat extends Chat {
  /** The account whose basic group the messages before a migration come from. Undefined without a migration, or with only one account. */
  readonly migratedAccount?: AccountId | undefined;
}

/** A chat that a reference means. */
export interface FoundChat {
  readonly chat: Chat;
  /** The basic group that was named, where `chat` is the supergroup that it became. */
  readonly oldGroup?: PeerId;
}

/**
 * Finds the chat that a reference means in a list of known chats, such as those of an archive. A reference to a basic group
 * that became a supergroup means the supergroup, if that is in the list. Telegram answers in the same way.
 *
 * @param account - Whose chats they are, where all belong to one account.
 * @returns undefined when the reference means none of them.
 * @throws {ChatferryError} `USAGE` when it means several, or names no chat.
 */
export function lookUpChat(
  reference: ChatReference,
  chats: readonly KnownChat[],
  account?: AccountId,
): FoundChat | undefined {
  for (const meaning of reference.meanings) {
    const found = new Map<ChatId, FoundChat>();
    for (const one of meant(meaning, chats, account)) {
      if (one.oldGroup === undefined || !found.has(one.chat.id)) found.set(one.chat.id, one);
    }
    if (found.size > 1) throw severalFound(reference, [...found.values()]);
    const [only] = found.values();
    if (only !== undefined) return only;
  }
  if (reference.refusal !== undefined) throw new ChatferryError('USAGE', reference.refusal);
  return undefined;
}

function meant(meaning: ChatMeaning, chats: readonly KnownChat[], account?: AccountId): readonly FoundChat[] {
  switch (meaning.kind) {
    case 'self':
      return chats.filter(({ kind }) => kind === 'saved-messages').map((chat) => ({ chat }));
    case 'username': {
      const wanted = meaning.username.toLowerCase();
      return chats.filter(({ username }) => username?.toLowerCase() === wanted).map((chat) => ({ chat }));
    }
    case 'title':
      return chatsCalled(meaning.title, chats).map((chat) => successor(chat, chats) ?? { chat });
    case 'id':
      for (const id of meaning.candidates) {
        const own = chats.filter((chat) => chat.peerId === id).map((chat) => successor(chat, chats) ?? { chat });
        const found = [...own, ...successors(id, chats, account)];
        if (found.length > 0) return found;
      }
      return [];
  }
}

/** The supergroup that this basic group became, as the account of the group sees it. */
function successor({ id, peerId }: Chat, chats: readonly KnownChat[]): FoundChat | undefined {
  return successors(peerId, chats, ownerOf(id))[0];
}

function successors(oldGroup: PeerId, chats: readonly KnownChat[], account?: AccountId): readonly FoundChat[] {
  return chats
    .filter(({ migratedFrom }) => migratedFrom === oldGroup)
    .filter(({ migratedAccount = account }) => account === undefined || migratedAccount === account)
    .map((chat) => ({ chat, oldGroup }));
}

/**
 * The chats with this title. Precedence, highest first: an exact match; a match that ignores case, spaces and invisible
 * characters; people with this first name.
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

function severalFound(reference: ChatReference, found: readonly FoundChat[]): ChatferryError {
  const owners = new Set(found.map(({ chat }) => ownerOf(chat.id)).filter((owner) => owner !== undefined));
  // One account has the old group inside the supergroup, another account has it as a chat of its own.
  const isParted = found.some(({ oldGroup }) => found.some(({ chat }) => chat.peerId === oldGroup));
  const peers = found.map(({ chat }) => chat.peerId);
  if (owners.size < 2 && !isParted) return severalChats(reference, peers);
  const shown = found.map(({ chat }) => {
    const owner = ownerOf(chat.id);
    return owner === undefined ? chat.peerId : `${chat.peerId} of account ${owner}`;
  });
  return new ChatferryError(
    'USAGE',
    `"${reference.text}" fits chats of several accounts: ${shown.join(', ')}. Say whose with --account (an id or @name), or give an id that only one has.`,
  );
}

/** The message for a reference that means several chats. */
export function severalChats({ text }: ChatReference, ids: readonly string[]): ChatferryError {
  return new ChatferryError(
    'USAGE',
    `${ids.length} chats are called "${text}". Give one of these ids: ${ids.join(', ')}.`,
  );
}

/** For a reference that means no chat: ` Did you mean @harbour_crew or "Harbour Crew"?`. Empty when nothing is similar. */
export function nearNamesHint({ meanings }: ChatReference, chats: readonly Chat[]): string {
  const near = meanings.flatMap((meaning) => {
    const wanted =
      meaning.kind === 'title' ? meaning.title : meaning.kind === 'username' ? meaning.username : undefined;
    return wanted === undefined ? [] : nearNames(wanted, chats);
  });
  const shown = [...new Set(near.sort((one, other) => one.distance - other.distance).map(({ name }) => name))];
  return shown.length === 0 ? '' : ` Did you mean ${shown.slice(0, SUGGESTION_COUNT).join(' or ')}?`;
}

/** Similar names: usernames with their `@`, titles in quotes. */
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

/** Without invisible characters and their placeholders (`text/printable`). */
const NOT_SHOWN = new RegExp(`(?![\\t\\n\\r])[\\p{Cc}${ACTING}\\uFFFD]`, 'gu');

function comparable(name: string): string {
  return name.replaceAll(NOT_SHOWN, '').replaceAll(/\s+/gu, ' ').trim().normalize('NFC').toLowerCase();
}
