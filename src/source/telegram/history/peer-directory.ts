import { Api } from 'telegram';

import { peerId, type PeerId } from '../../../chat/peer.js';

/** A user, group or channel with the input peer that requests need. */
export interface KnownPeer {
  readonly id: PeerId;
  readonly entity: Api.TypeUser | Api.TypeChat;
  readonly input: Api.TypeInputPeer;
}

/**
 * The peers that this account knows in full, with their access hashes. It is filled from dialogs and lookups only,
 * never from histories, so its size does not depend on them.
 */
export class PeerDirectory {
  readonly #peers = new Map<PeerId, KnownPeer>();
  /** Basic groups, by the supergroups that they became. */
  readonly #oldGroups = new Map<PeerId, PeerId>();

  /** Adds peers. Skips those without a usable access hash (`min`). */
  add(entities: readonly (Api.TypeUser | Api.TypeChat)[]): void {
    for (const entity of entities) {
      const input = inputPeer(entity);
      if (input === undefined) continue;
      const id = idOf(entity);
      this.#peers.set(id, { id, entity, input });
      const target = entity instanceof Api.Chat ? entity.migratedTo : undefined;
      if (target instanceof Api.InputChannel) this.#oldGroups.set(peerId('channel', target.channelId.toString()), id);
    }
  }

  get(id: PeerId): KnownPeer | undefined {
    return this.#peers.get(id);
  }

  /** The basic group that named this supergroup as its successor. */
  oldGroupOf(supergroup: PeerId): PeerId | undefined {
    return this.#oldGroups.get(supergroup);
  }
}

/** The peer id of a user, group or channel. */
export function idOf(entity: Api.TypeUser | Api.TypeChat): PeerId {
  if (entity instanceof Api.User || entity instanceof Api.UserEmpty) return peerId('user', entity.id.toString());
  const isChannel = entity instanceof Api.Channel || entity instanceof Api.ChannelForbidden;
  return peerId(isChannel ? 'channel' : 'chat', entity.id.toString());
}

/** The peer id of a TL `Peer`. */
export function idOfPeer(peer: Api.TypePeer): PeerId {
  if (peer instanceof Api.PeerUser) return peerId('user', peer.userId.toString());
  if (peer instanceof Api.PeerChat) return peerId('chat', peer.chatId.toString());
  return peerId('channel', peer.channelId.toString());
}

/** The channel of an input peer, as `channels.*` methods need it. Undefined for other peers. */
export function inputChannel(input: Api.TypeInputPeer): Api.InputChannel | undefined {
  if (!(input instanceof Api.InputPeerChannel)) return undefined;
  return new Api.InputChannel({ channelId: input.channelId, accessHash: input.accessHash });
}

function inputPeer(entity: Api.TypeUser | Api.TypeChat): Api.TypeInputPeer | undefined {
  if (entity instanceof Api.User) {
    if (entity.self === true) return new Api.InputPeerSelf();
    if (entity.min === true || entity.accessHash == null) return undefined;
    return new Api.InputPeerUser({ userId: entity.id, accessHash: entity.accessHash });
  }
  if (entity instanceof Api.Chat || entity instanceof Api.ChatForbidden || entity instanceof Api.ChatEmpty) {
    return new Api.InputPeerChat({ chatId: entity.id });
  }
  if (entity instanceof Api.Channel || entity instanceof Api.ChannelForbidden) {
    const isMin = entity instanceof Api.Channel && entity.min === true;
    if (isMin || entity.accessHash == null) return undefined;
    return new Api.InputPeerChannel({ channelId: entity.id, accessHash: entity.accessHash });
  }
  return undefined;
}
