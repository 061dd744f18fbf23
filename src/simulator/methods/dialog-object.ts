import type { TlObject } from '../tl/tl-object.js';
import { tlPeer } from '../world/world-peer.js';
import type { WorldPeer } from '../world/world.js';
import { channelPts } from './history/visible-history.js';
import type { MethodCall } from './method.js';
import { isChannel } from './peers.js';

/** The TL `dialog` of a chat without unread messages. @param topId - Id of its newest message; 0 if there is none. */
export function dialogOf(call: MethodCall, peer: WorldPeer, topId: number): TlObject {
  return {
    _: 'dialog',
    peer: tlPeer(peer),
    top_message: topId,
    read_inbox_max_id: topId,
    read_outbox_max_id: topId,
    unread_count: 0,
    unread_mentions_count: 0,
    unread_reactions_count: 0,
    notify_settings: { _: 'peerNotifySettings' },
    ...(isChannel(peer) ? { pts: channelPts(call, peer) } : {}),
  };
}
