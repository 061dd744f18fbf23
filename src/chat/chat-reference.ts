import { ChatferryError } from '../errors/chatferry-error.js';
import { chatLinkMeaning } from './chat-link.js';
import { type PeerId, peerId, type PeerKind } from './peer.js';

/** One possible meaning of a reference. */
export type ChatMeaning =
  /** The saved messages. */
  | { readonly kind: 'self' }
  /** Without `@`. */
  | { readonly kind: 'username'; readonly username: string }
  /** An id: the peers that may have it, the most likely first. */
  | { readonly kind: 'id'; readonly candidates: readonly PeerId[] }
  | { readonly kind: 'title'; readonly title: string };

/** A parsed reference to a chat. */
export interface ChatReference {
  /** As written, trimmed. */
  readonly text: string;
  /** What it may mean, to be tried in this order. A title comes last: it can look like anything. */
  readonly meanings: readonly ChatMeaning[];
  /** The message when no chat has this title, for a reference that looks like something that is no chat. */
  readonly refusal?: string;
  /** Whether it is a link to one message, or to a topic, inside the chat that it names. */
  readonly isMessageLink: boolean;
}

/** https://core.telegram.org/method/account.checkUsername, and the shorter usernames that are sold. */
const USERNAME = /^[a-z]\w{3,31}$/i;
// The bot API's spelling: a channel's id behind -100, a basic group's behind a minus.
const MARKED_CHANNEL = /^-100(\d+)$/;

/**
 * Parses `me`, `@name`, links of `t.me`, `web.telegram.org` and `tg:`, ids (`123`, `-123`, `-100123`, `user123`,
 * `chat123`, `channel123`) and titles. docs/OPERATIONS.md has the table. It does no look-up, so it does not know whether
 * the chat exists.
 *
 * @throws {ChatferryError} `USAGE` for an empty reference.
 */
export function parseChatReference(reference: string): ChatReference {
  const text = reference.trim();
  if (text === '') throw new ChatferryError('USAGE', 'The chat is missing: give an @name, a t.me link, an id or "me".');
  const title: ChatMeaning = { kind: 'title', title: text };
  const plain = (...meanings: readonly ChatMeaning[]): ChatReference => ({ text, meanings, isMessageLink: false });

  if (/^(?:me|self)$/i.test(text)) return plain({ kind: 'self' }, title);
  const link = chatLinkMeaning(text);
  if (link !== undefined) {
    const { isMessageLink = false, ...found } = link;
    if ('refusal' in found) return { ...plain(title), refusal: found.refusal };
    const meaning: ChatMeaning = 'username' in found ? { kind: 'username', ...found } : { kind: 'id', ...found };
    if (meaning.kind === 'username' && !USERNAME.test(meaning.username)) {
      return { ...plain(title), refusal: noUsername(text) };
    }
    return { text, meanings: [meaning, title], isMessageLink };
  }
  if (text.startsWith('@')) {
    const username = text.slice(1);
    return USERNAME.test(username)
      ? plain({ kind: 'username', username }, title)
      : { ...plain(title), refusal: noUsername(text) };
  }
  const candidates = candidatesOf(text);
  if (candidates !== undefined) return plain({ kind: 'id', candidates }, title);
  return USERNAME.test(text) ? plain(title, { kind: 'username', username: text }) : plain(title);
}

/**
 * A note for users who name a chat by one of its messages. Undefined for every other reference.
 *
 * @param fate - What is done with the chat.
 */
export function messageLinkNote(
  { text, isMessageLink }: ChatReference,
  fate: 'taken' | 'left out' = 'taken',
): string | undefined {
  return isMessageLink ? `${text} leads to one message or topic: the whole chat is ${fate}.` : undefined;
}

function candidatesOf(text: string): readonly PeerId[] | undefined {
  const marked = /^-(\d+)$/.exec(text)?.[1];
  if (marked !== undefined) {
    const channelId = MARKED_CHANNEL.exec(text)?.[1];
    return [...(channelId === undefined ? [] : [peerId('channel', channelId)]), peerId('chat', marked)];
  }
  const spelled = /^(user|chat|channel)(\d+)$/i.exec(text);
  if (spelled !== null) return [peerId((spelled[1] ?? '').toLowerCase() as PeerKind, spelled[2] ?? '')];
  if (!/^\d+$/.test(text)) return undefined;
  return [peerId('user', text), peerId('chat', text), peerId('channel', text)];
}

function noUsername(text: string): string {
  return (
    `"${text}" holds no valid username (4 to 32 letters, digits and underscores, a letter first), and is no title. ` +
    '`chatferry chats` lists the chats you can name.'
  );
}
