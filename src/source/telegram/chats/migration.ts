import bigInt from 'big-integer';
import { Api } from 'telegram';

import { parsePeerId, peerId, type PeerId } from '../../../chat/peer.js';
import { isChatferryError } from '../../../errors/chatferry-error.js';
import type { TelegramClient } from '../wire/client.js';
import type { RequestedPeer, HistoryExtent, MessageReader } from '../history/message-reader.js';
import { inputChannel, type KnownPeer, type PeerDirectory } from '../history/peer-directory.js';

/**
 * The supergroup that a basic group became, according to the group (https://core.telegram.org/api/channel#migration).
 */
export function migrationTarget(entity: Api.TypeUser | Api.TypeChat | undefined): Api.InputChannel | undefined {
  return entity instanceof Api.Chat && entity.migratedTo instanceof Api.InputChannel ? entity.migratedTo : undefined;
}

/** The peer id of {@link migrationTarget}. */
export function migrationTargetId(entity: Api.TypeUser | Api.TypeChat | undefined): PeerId | undefined {
  const target = migrationTarget(entity);
  return target && peerId('channel', target.channelId.toString());
}

/**
 * Looks up the supergroup of {@link migrationTarget}. Undefined if Telegram does not show it to this account. A result
 * does not mean that the account may read its messages.
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

/** A basic group that became a supergroup. */
export interface OldGroup extends RequestedPeer, HistoryExtent {
  /** Id of its last message, as the supergroup reports it; 0 if it does not. */
  readonly newestId: number;
}

export interface OldGroupOptions {
  readonly peers: PeerDirectory;
  readonly reader: MessageReader;
  readonly signal: AbortSignal;
}

/**
 * The basic group that a supergroup was made from, if this account can read it. Usually the supergroup names the group;
 * otherwise the group may have named the supergroup.
 */
export async function oldGroupOf(
  client: TelegramClient,
  { id, input, entity }: KnownPeer,
  { peers, reader, signal }: OldGroupOptions,
): Promise<OldGroup | undefined> {
  const channel = inputChannel(input);
  if (channel === undefined || !(entity instanceof Api.Channel) || entity.megagroup !== true) return undefined;
  const { fullChat } = await client.invoke(new Api.channels.GetFullChannel({ channel }), { signal });
  const full = fullChat instanceof Api.ChannelFull ? fullChat : undefined;
  const bareId = full?.migratedFromChatId;
  const groupId = bareId == null ? peers.oldGroupOf(id) : peerId('chat', bareId.toString());
  if (groupId === undefined) return undefined;
  const group = { id: groupId, input: inputGroup(groupId), newestId: full?.migratedFromMaxId ?? 0 };
  // An account that joined after the migration was never a member of the old group and cannot read it.
  const extent = await unlessRefused(reader.extentOf(group, signal));
  return extent && { ...group, ...extent };
}

/** The input peer of a basic group. Basic groups need no access hash. */
export function inputGroup(id: PeerId): Api.InputPeerChat {
  return new Api.InputPeerChat({ chatId: bigInt(parsePeerId(id).id) });
}

/** Undefined if the server answers that the chat does not exist or that this account has no access to it. */
export async function unlessRefused<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isChatferryError(error, 'CHAT_NOT_FOUND', 'NO_ACCESS')) return undefined;
    throw error;
  }
}
