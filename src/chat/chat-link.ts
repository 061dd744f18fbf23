import { type PeerId, peerId } from './peer.js';

/** What a link refers to, by its form alone. */
export type ChatLink = { readonly isMessageLink?: boolean } & (
  | { readonly username: string }
  /** The peers that it may mean, the most likely first. */
  | { readonly candidates: readonly PeerId[] }
  /** Why it refers to no chat, with the remedy. */
  | { readonly refusal: string }
);

// https://core.telegram.org/api/links
const HOST_LINK = /^(?:https?:\/\/)?(?:www\.)?(?:t\.me|telegram\.me|telegram\.dog)(?:\/(.*))?$/i;
const SUBDOMAIN_LINK = /^(?:https?:\/\/)?([a-z]\w{3,31})\.t\.me(?:\/(.*))?$/i;
const TG_LINK = /^tg:(?:\/\/)?(\w+)\/?\?(.*)$/i;
/** Addresses of Telegram's web clients: `/a/#-100123`, `/k/#@name`, `/#/im?p=@name`. */
const WEB_LINK = /^(?:https?:\/\/)?web\.telegram\.org\/(?:[akz]\/)?(?:\?[^#]*)?#(.*)$/i;

/** First path segments of t.me that are not usernames. */
const NO_CHATS: ReadonlySet<string> = new Set([
  ...['addemoji', 'addlist', 'addstickers', 'addtheme', 'auction', 'bg', 'boost', 'call', 'confirmphone', 'contact'],
  ...['giftcode', 'invoice', 'iv', 'login', 'm', 'msg', 'newbot', 'nft', 'proxy', 'setlanguage', 'share', 'socks'],
]);

/** Parses links to chats, messages and topics. Undefined for anything that is not a Telegram link. */
export function chatLinkMeaning(text: string): ChatLink | undefined {
  const host = HOST_LINK.exec(text);
  if (host !== null) return fromPath(segmentsOf(host[1] ?? ''), text);
  const subdomain = SUBDOMAIN_LINK.exec(text);
  if (subdomain !== null) return fromPath([subdomain[1] ?? '', ...segmentsOf(subdomain[2] ?? '')], text);
  const web = WEB_LINK.exec(text)?.[1];
  if (web !== undefined) return fromWebFragment(web, text);
  const tgLink = TG_LINK.exec(text);
  return tgLink === null ? undefined : fromTgLink(tgLink[1] ?? '', new URLSearchParams(tgLink[2]), text);
}

function segmentsOf(pathAndMore: string): readonly string[] {
  return (pathAndMore.split(/[?#]/)[0] ?? '').split('/').filter((segment) => segment !== '');
}

/** `name`, `name/123`, `name/12/345` (a topic), `c/123/456`, `s/name` (the public preview of a channel). */
function fromPath([first = '', ...rest]: readonly string[], text: string): ChatLink {
  const kind = first.toLowerCase();
  if (/^\+\d+$/.test(first)) return { refusal: `${text} is the link of a telephone number. ${REMEDY}` };
  if (first.startsWith('+') || kind === 'joinchat') return { refusal: invitation(text) };
  if (kind === 's' && rest.length > 0) return fromPath(rest, text);
  const isMessageLink = rest.slice(kind === 'c' ? 1 : 0).some((segment) => /^\d+$/.test(segment)) && rest[0] !== 's';
  if (kind === 'c') {
    return isDigits(rest[0]) ? { candidates: [peerId('channel', rest[0])], isMessageLink } : noChat(text);
  }
  return first === '' || NO_CHATS.has(kind) ? noChat(text) : { username: first, isMessageLink };
}

/** The web clients write ids with a minus, some with -100 before a channel's, followed by the topic. */
function fromWebFragment(fragment: string, text: string): ChatLink {
  const written = new URLSearchParams(fragment.split('?')[1]).get('p') ?? fragment.split(/[?&]/)[0] ?? '';
  const [, username] = /^@(\w+)/.exec(written) ?? [];
  if (username !== undefined) return { username };
  const [, letter = '', sign, digits, inside] = /^([ugcs]?)(-?)(\d+)(?:_(\d+))?/.exec(written) ?? [];
  if (digits === undefined) return noChat(text);
  if (letter !== '') {
    const kind = letter === 'u' ? 'user' : letter === 'g' ? 'chat' : 'channel';
    return { candidates: [peerId(kind, digits)] }; // The part after it is an access hash.
  }
  const isMessageLink = inside !== undefined;
  if (sign === '') return { candidates: [peerId('user', digits)], isMessageLink };
  const marked = /^100(\d+)$/.exec(digits)?.[1];
  const candidates = [...(marked === undefined ? [] : [peerId('channel', marked)]), peerId('chat', digits)];
  return { candidates: [...candidates, peerId('channel', digits)], isMessageLink };
}

function fromTgLink(action: string, parameters: URLSearchParams, text: string): ChatLink {
  const id = (name: string): string | undefined => {
    const value = parameters.get(name) ?? undefined;
    return isDigits(value) ? value : undefined;
  };
  const isMessageLink = ['post', 'message_id', 'thread', 'topic'].some((name) => id(name) !== undefined);
  switch (action.toLowerCase()) {
    case 'join':
      return { refusal: invitation(text) };
    case 'resolve': {
      const username = parameters.get('domain');
      return username === null ? noChat(text) : { username, isMessageLink };
    }
    case 'privatepost': {
      const channel = id('channel');
      return channel === undefined ? noChat(text) : { candidates: [peerId('channel', channel)], isMessageLink };
    }
    case 'user':
    case 'openmessage': {
      const [user, chat] = [id('id') ?? id('user_id'), id('chat_id')];
      if (user !== undefined) return { candidates: [peerId('user', user)], isMessageLink };
      return chat === undefined
        ? noChat(text)
        : { candidates: [peerId('chat', chat), peerId('channel', chat)], isMessageLink };
    }
    default:
      return noChat(text);
  }
}

function isDigits(text: string | undefined): text is string {
  return text !== undefined && /^\d+$/.test(text);
}

const REMEDY = 'Give an @name, a t.me link, an id or "me"; `chatferry chats` lists the chats.';

function noChat(text: string): ChatLink {
  return { refusal: `${text} is no link to a chat. ${REMEDY}` };
}

function invitation(text: string): string {
  return (
    `${text} is an invitation, and this program joins nothing. ` +
    'Join with a Telegram app first, then name the chat by its title or its id from `chatferry chats`.'
  );
}
