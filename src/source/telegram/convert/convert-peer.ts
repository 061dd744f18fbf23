import type { Api } from 'telegram';

import { peerId, type PeerId } from '../../../chat/peer.js';

/** The type that gramjs uses for TL `long`. */
type Long = Api.PeerUser['userId'];

/** TL `Peer` → {@link PeerId}. */
export function convertPeer(peer: Api.TypePeer): PeerId {
  switch (peer.className) {
    case 'PeerUser':
      return userPeer(peer.userId);
    case 'PeerChat':
      return peerId('chat', peer.chatId.toString());
    case 'PeerChannel':
      return channelPeer(peer.channelId);
  }
}

/** Like {@link convertPeer}, for an optional field. */
export function convertOptionalPeer(peer: Api.TypePeer | null | undefined): PeerId | undefined {
  return peer == null ? undefined : convertPeer(peer);
}

/** Converts a bare user id, which TL uses where only a user is possible. */
export function userPeer(id: Long): PeerId {
  return peerId('user', id.toString());
}

/** Converts a bare channel id, which TL uses where only a channel is possible. */
export function channelPeer(id: Long): PeerId {
  return peerId('channel', id.toString());
}
