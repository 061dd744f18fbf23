import type { Api } from 'telegram';

import { peerId, type PeerId } from '../../../chat/peer.js';

/** Whatever gramjs puts where TL says `long`. */
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

/** Like {@link convertPeer}, where TL has a flag before the peer. */
export function convertOptionalPeer(peer: Api.TypePeer | null | undefined): PeerId | undefined {
  return peer == null ? undefined : convertPeer(peer);
}

/** A bare user id, as TL has it where no other kind of peer is possible. */
export function userPeer(id: Long): PeerId {
  return peerId('user', id.toString());
}

/** A bare channel id, as TL has it where no other kind of peer is possible. */
export function channelPeer(id: Long): PeerId {
  return peerId('channel', id.toString());
}
