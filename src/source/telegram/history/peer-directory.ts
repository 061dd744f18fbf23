import { Api } from 'telegram';

import { peerId, type PeerId } from '../../../chat/peer.js';

/** A user, group or channel with what it takes to ask for it. */
export interface KnownPeer {
  readonly id: PeerId;
  readonly entity: Api.TypeUser | Api.TypeChat;
  readonly input: Api.TypeInputPeer;
}

/**
 * The peers that this account was shown in full, with their access hashes. Filled from dialogs and lookups only, never
 * from histories, so that it does not grow with them.
 */
export class PeerDirectory {
  readonly #peers = new Map<PeerId, KnownPeer>();
  /** Basic groups by the supergroups they became. */
  readonly #oldGroups = new Map<PeerId, PeerId>();

  /** Notes peers; those that come without an access hash of their own (`min`) are left out. */
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

  /** The basic group that said it became this supergroup. */
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

/** The peer id that a message or a dialog names. */
export function idOfPeer(peer: Api.TypePeer): PeerId {
  if (peer instanceof Api.PeerUser) return peerId('user', peer.userId.toString());
  if (peer instanceof Api.PeerChat) return peerId('chat', peer.chatId.toString());
  return peerId('channel', peer.channelId.toString());
}

/** The channel behind an input peer, as `channels.*` methods want it. Undefined for everything else. */
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
