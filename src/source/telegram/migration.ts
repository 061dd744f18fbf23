import bigInt from 'big-integer';
import { Api } from 'telegram';

import { parsePeerId, peerId, type PeerId } from '../../chat/peer.js';
import { isChatferryError } from '../../errors/chatferry-error.js';
import type { TelegramClient } from './client.js';
import { countMessages } from './history.js';
import { inputChannel, type KnownPeer, type PeerDirectory } from './peer-directory.js';

/** The supergroup that a basic group says it became (https://core.telegram.org/api/channel#migration). */
export function migrationTarget(entity: Api.TypeUser | Api.TypeChat | undefined): Api.InputChannel | undefined {
  return entity instanceof Api.Chat && entity.migratedTo instanceof Api.InputChannel ? entity.migratedTo : undefined;
}

/** The id of {@link migrationTarget}. */
export function migrationTargetId(entity: Api.TypeUser | Api.TypeChat | undefined): PeerId | undefined {
  const target = migrationTarget(entity);
  return target && peerId('channel', target.channelId.toString());
}

/**
 * The supergroup behind {@link migrationTarget}, as far as this account is shown it: whether it may read it is another
 * question.
 */
export async function supergroupOf(
  client: TelegramClient,
  target: Api.InputChannel,
  { peers, signal }: { readonly peers: PeerDirectory; readonly signal: AbortSignal },
): Promise<KnownPeer | undefined> {
  const id = peerId('channel', target.channelId.toString());
  const known = peers.get(id);
  if (known !== undefined) return known;
  const request = new Api.channels.GetChannels({ id: [target] });
  peers.add((await unlessRefused(client.invoke(request, { signal })))?.chats ?? []);
  return peers.get(id);
}

/**
 * The basic group that a supergroup was made from, where this account can read it. The supergroup names it; where it does
 * not, the group may have named the supergroup.
 */
export async function oldGroupOf(
  client: TelegramClient,
  { id, input, entity }: KnownPeer,
  { peers, signal }: { readonly peers: PeerDirectory; readonly signal: AbortSignal },
): Promise<PeerId | undefined> {
  const channel = inputChannel(input);
  if (channel === undefined || !(entity instanceof Api.Channel) || entity.megagroup !== true) return undefined;
  const { fullChat } = await client.invoke(new Api.channels.GetFullChannel({ channel }), { signal });
  const bareId = fullChat instanceof Api.ChannelFull ? fullChat.migratedFromChatId : undefined;
  const oldGroup = bareId == null ? peers.oldGroupOf(id) : peerId('chat', bareId.toString());
  if (oldGroup === undefined) return undefined;
  // Who joined after the move was never in the old group, and there is nothing in it for them.
  const count = await unlessRefused(countMessages(client, inputGroup(oldGroup), signal));
  return count === undefined ? undefined : oldGroup;
}

/** How to ask for a basic group: they need no access hash. */
export function inputGroup(id: PeerId): Api.InputPeerChat {
  return new Api.InputPeerChat({ chatId: bigInt(parsePeerId(id).id) });
}

/** Undefined when the server says that there is no such chat, or that it is not for this account. */
export async function unlessRefused<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isChatferryError(error, 'CHAT_NOT_FOUND', 'NO_ACCESS')) return undefined;
    throw error;
  }
}
