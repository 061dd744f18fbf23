import bigInt from 'big-integer';
import { Api } from 'telegram';

import type { Chat } from '../../chat/chat.js';
import { parsePeerId, type PeerId } from '../../chat/peer.js';
import { editDistance } from '../../config/near-name.js';
import { ChatferryError, isChatferryError } from '../../errors/chatferry-error.js';
import { type ChatReference, parseChatReference } from './chat-reference.js';
import type { TelegramClient } from './client.js';
import { listDialogs } from './dialogs.js';
import { idOf, idOfPeer, type KnownPeer, type PeerDirectory } from './peer-directory.js';

export interface ResolveOptions {
  readonly peers: PeerDirectory;
  /** The account's own user. */
  readonly self: Api.User;
  readonly signal: AbortSignal;
}

const SUGGESTION_COUNT = 3;

/**
 * Finds whom a reference means.
 *
 * @throws {ChatferryError} `CHAT_NOT_FOUND` with the nearest names; `NO_ACCESS` for a chat that may not be read;
 *   `USAGE` for a reference that cannot be understood or means several.
 */
export async function resolvePeer(
  client: TelegramClient,
  reference: string,
  options: ResolveOptions,
): Promise<KnownPeer> {
  const parsed = parseChatReference(reference);
  const found = await find(client, parsed, options);
  if (found === undefined) throw await notFound(client, reference, parsed, options);
  const { entity } = found;
  if (entity instanceof Api.ChannelForbidden || entity instanceof Api.ChatForbidden) {
    throw new ChatferryError(
      'NO_ACCESS',
      `"${entity.title}" may not be read: it is private, and this account is not in it.`,
    );
  }
  return found;
}

/** How to ask for a peer that is known by its id alone. Looks through the dialogs once when it was not seen yet. */
export function findById(client: TelegramClient, id: PeerId, options: ResolveOptions): Promise<KnownPeer | undefined> {
  const known = options.peers.get(id);
  return known === undefined ? findByAnyId(client, [id], options) : Promise.resolve(known);
}

function find(
  client: TelegramClient,
  reference: ChatReference,
  options: ResolveOptions,
): Promise<KnownPeer | undefined> {
  switch (reference.kind) {
    case 'self':
      options.peers.add([options.self]);
      return Promise.resolve(options.peers.get(idOf(options.self)));
    case 'username':
      return findByUsername(client, reference.username, options);
    case 'title':
      return findByTitle(client, reference.title, options);
    case 'id':
      return findByAnyId(client, reference.candidates, options);
  }
}

async function findByAnyId(
  client: TelegramClient,
  candidates: readonly PeerId[],
  options: ResolveOptions,
): Promise<KnownPeer | undefined> {
  const { peers } = options;
  const known = (): KnownPeer | undefined =>
    candidates.map((candidate) => peers.get(candidate)).find((peer) => peer !== undefined);
  if (known() === undefined) await dialogs(client, options);
  for (const candidate of candidates) {
    if (known() !== undefined) break;
    await askById(client, candidate, options);
  }
  return known();
}

async function findByUsername(
  client: TelegramClient,
  username: string,
  { peers, signal }: ResolveOptions,
): Promise<KnownPeer | undefined> {
  const request = new Api.contacts.ResolveUsername({ username });
  const answer = await unlessUnknown(client.invoke(request, { signal }));
  if (answer === undefined) return undefined;
  peers.add([...answer.users, ...answer.chats]);
  return peers.get(idOfPeer(answer.peer));
}

/** A title as it is written, else in any case; a bare word may be a username too. */
async function findByTitle(
  client: TelegramClient,
  title: string,
  options: ResolveOptions,
): Promise<KnownPeer | undefined> {
  const chats = await dialogs(client, options);
  const inAnyCase = chats.filter((chat) => fullName(chat).toLowerCase() === title.toLowerCase());
  const exact = inAnyCase.filter((chat) => fullName(chat) === title);
  const matches = exact.length > 0 ? exact : inAnyCase;
  if (matches.length > 1) {
    const ids = matches.map(({ id }) => id).join(', ');
    throw new ChatferryError('USAGE', `${matches.length} chats are called "${title}". Give one of these ids: ${ids}.`);
  }
  const [match] = matches;
  if (match !== undefined) return options.peers.get(match.id);
  return /^[a-z]\w{3,31}$/i.test(title) ? findByUsername(client, title, options) : undefined;
}

/** Basic groups need no access hash, and bots none for whoever they met; for others the server refuses. */
async function askById(client: TelegramClient, id: PeerId, { peers, signal }: ResolveOptions): Promise<void> {
  const parsed = parsePeerId(id);
  const bareId = bigInt(parsed.id);
  switch (parsed.kind) {
    case 'chat': {
      const answer = await unlessUnknown(client.invoke(new Api.messages.GetChats({ id: [bareId] }), { signal }));
      peers.add(answer?.chats ?? []);
      return;
    }
    case 'channel': {
      const input = new Api.InputChannel({ channelId: bareId, accessHash: bigInt.zero });
      const answer = await unlessUnknown(client.invoke(new Api.channels.GetChannels({ id: [input] }), { signal }));
      peers.add(answer?.chats ?? []);
      return;
    }
    case 'user': {
      const input = new Api.InputUser({ userId: bareId, accessHash: bigInt.zero });
      peers.add((await unlessUnknown(client.invoke(new Api.users.GetUsers({ id: [input] }), { signal }))) ?? []);
    }
  }
}

async function unlessUnknown<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isChatferryError(error, 'CHAT_NOT_FOUND', 'NO_ACCESS')) return undefined;
    throw error;
  }
}

async function dialogs(client: TelegramClient, { peers, self, signal }: ResolveOptions): Promise<readonly Chat[]> {
  if (self.bot === true) return []; // Telegram does not let bots list their chats.
  return listDialogs(client, { peers, selfId: self.id.toString(), signal });
}

async function notFound(
  client: TelegramClient,
  reference: string,
  parsed: ChatReference,
  options: ResolveOptions,
): Promise<ChatferryError> {
  const wanted = parsed.kind === 'username' ? parsed.username : parsed.kind === 'title' ? parsed.title : undefined;
  const near = wanted === undefined ? [] : nearestNames(wanted, await dialogs(client, options));
  const hint = near.length > 0 ? ` Did you mean ${near.join(' or ')}?` : ' `chatferry chats` lists all.';
  return new ChatferryError('CHAT_NOT_FOUND', `This account sees no chat "${reference.trim()}".${hint}`);
}

/** Names a few slips away, nearest first: usernames with their `@`, titles in quotes. */
function nearestNames(wanted: string, chats: readonly Chat[]): string[] {
  const patience = Math.min(3, Math.max(1, Math.floor(wanted.length / 3)));
  const distanceTo = (name: string): number => editDistance(wanted.toLowerCase(), name.toLowerCase());
  return chats
    .flatMap((chat) => [
      ...(chat.username === undefined ? [] : [{ shown: `@${chat.username}`, distance: distanceTo(chat.username) }]),
      { shown: `"${fullName(chat)}"`, distance: distanceTo(fullName(chat)) },
    ])
    .filter(({ distance }) => distance <= patience)
    .sort((one, other) => one.distance - other.distance)
    .slice(0, SUGGESTION_COUNT)
    .map(({ shown }) => shown);
}

function fullName({ title, lastName }: Chat): string {
  return lastName === undefined ? title : `${title} ${lastName}`.trim();
}
