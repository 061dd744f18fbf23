import { ChatferryError } from '../../errors/chatferry-error.js';
import { type PeerId, peerId, type PeerKind } from '../../chat/peer.js';

/** What a person wrote to name a chat, understood. */
export type ChatReference =
  | { readonly kind: 'self' }
  | { readonly kind: 'username'; readonly username: string }
  /** An id: whom it may mean, the likeliest first. */
  | { readonly kind: 'id'; readonly candidates: readonly PeerId[] }
  | { readonly kind: 'title'; readonly title: string };

// https://core.telegram.org/api/links
const LINK = /^(?:https?:\/\/)?(?:www\.)?(?:t\.me|telegram\.me|telegram\.dog)\/(.*)$/i;
const SUBDOMAIN_LINK = /^(?:https?:\/\/)?([a-z]\w{3,31})\.t\.me\/?$/i;
const TG_LINK = /^tg:(?:\/\/)?(\w+)\?(.*)$/i;
const USERNAME = /^[a-z]\w{3,31}$/i;
// The bot API's spelling: a channel's id behind -100, a basic group's behind a minus.
const MARKED_CHANNEL = /^-100(\d+)$/;

/**
 * Understands `me`, `@name`, `t.me` and `tg:` links, ids (`123`, `-123`, `-100123`, `user123`, `chat123`, `channel123`);
 * everything else is a title. The reference may carry white space around it.
 *
 * @throws {ChatferryError} `USAGE` for an empty reference, an invitation or a link to something that is no chat.
 */
export function parseChatReference(reference: string): ChatReference {
  const text = reference.trim();
  if (text === '') throw new ChatferryError('USAGE', 'The chat is missing: give an @name, a t.me link, an id or "me".');
  if (/^(?:me|self)$/i.test(text)) return { kind: 'self' };
  if (text.startsWith('@')) return username(text.slice(1), reference);
  const path = LINK.exec(text)?.[1];
  if (path !== undefined) return fromLinkPath(path, reference);
  const subdomain = SUBDOMAIN_LINK.exec(text)?.[1];
  if (subdomain !== undefined) return username(subdomain, reference);
  const tgLink = TG_LINK.exec(text);
  if (tgLink !== null) return fromTgLink(tgLink[1] ?? '', new URLSearchParams(tgLink[2]), reference);
  return fromId(text) ?? { kind: 'title', title: text };
}

function fromId(text: string): ChatReference | undefined {
  const marked = /^-(\d+)$/.exec(text)?.[1];
  if (marked !== undefined) {
    const channelId = MARKED_CHANNEL.exec(text)?.[1];
    return idReference(...(channelId === undefined ? [] : [peerId('channel', channelId)]), peerId('chat', marked));
  }
  const spelled = /^(user|chat|channel)(\d+)$/i.exec(text);
  if (spelled !== null) return idReference(peerId((spelled[1] ?? '').toLowerCase() as PeerKind, spelled[2] ?? ''));
  if (!/^\d+$/.test(text)) return undefined;
  return idReference(peerId('user', text), peerId('chat', text), peerId('channel', text));
}

function idReference(...candidates: readonly PeerId[]): ChatReference {
  return { kind: 'id', candidates };
}

function fromLinkPath(path: string, reference: string): ChatReference {
  const [first = '', second = ''] = path.split(/[/?#]/);
  if (first.startsWith('+') || first.toLowerCase() === 'joinchat') throw invitation(reference);
  if (first === 'c' && /^\d+$/.test(second)) return idReference(peerId('channel', second));
  // t.me/s/name is the public preview of a channel.
  return username(first === 's' ? second : first, reference);
}

function fromTgLink(action: string, parameters: URLSearchParams, reference: string): ChatReference {
  if (action === 'join') throw invitation(reference);
  const domain = parameters.get('domain');
  if (action === 'resolve' && domain !== null) return username(domain, reference);
  const id = parameters.get(action === 'user' ? 'id' : 'channel');
  if (id !== null && /^\d+$/.test(id)) return idReference(peerId(action === 'user' ? 'user' : 'channel', id));
  throw new ChatferryError('USAGE', `${reference} is no link to a chat. Give an @name, a t.me link, an id or "me".`);
}

function username(name: string, reference: string): ChatReference {
  if (USERNAME.test(name)) return { kind: 'username', username: name };
  throw new ChatferryError(
    'USAGE',
    `"${reference}" holds no valid username: 4 to 32 letters, digits and underscores, a letter first. ` +
      '`chatferry chats` lists the chats you can name.',
  );
}

function invitation(reference: string): ChatferryError {
  return new ChatferryError(
    'USAGE',
    `${reference} is an invitation, and this program joins nothing. ` +
      'Join with a Telegram app first, then name the chat by its title or its id from `chatferry chats`.',
  );
}
