import type { TlObject } from '../tl/tl-object.js';
import type { WorldPeer } from './world.js';

/** Parses a peer: `channel:3` → `{ kind: 'channel', id: 3n }`. */
export function parseWorldPeer(peer: WorldPeer): { readonly kind: 'user' | 'chat' | 'channel'; readonly id: bigint } {
  const colon = peer.indexOf(':');
  return { kind: peer.slice(0, colon) as 'user' | 'chat' | 'channel', id: BigInt(peer.slice(colon + 1)) };
}

/** The TL `Peer` of a peer: `user:1` → `{ _: 'peerUser', user_id: 1n }`. */
export function tlPeer(peer: WorldPeer): TlObject {
  const { kind, id } = parseWorldPeer(peer);
  switch (kind) {
    case 'user':
      return { _: 'peerUser', user_id: id };
    case 'chat':
      return { _: 'peerChat', chat_id: id };
    case 'channel':
      return { _: 'peerChannel', channel_id: id };
  }
}
