import { RpcRefusal } from '../rpc-refusal.js';
import { longIn } from '../tl/fields.js';
import type { TlObject } from '../tl-object.js';
import type { WorldPeer } from '../world.js';
import { callerOf, type MethodCall } from './method.js';

/**
 * The peer that a TL `InputPeer`, `InputUser` or `InputChannel` names.
 *
 * @throws {RpcRefusal} when there is none, the access hash is wrong, or the caller may not see it.
 */
export function resolvePeer(call: MethodCall, input: TlObject): WorldPeer {
  switch (input._) {
    case 'inputPeerSelf':
    case 'inputUserSelf':
      return `user:${callerOf(call)}`;
    case 'inputPeerUser':
    case 'inputUser':
      return userPeer(call, longIn(input, 'user_id'), longIn(input, 'access_hash'));
    case 'inputPeerUserFromMessage':
    case 'inputUserFromMessage':
      return userPeer(call, longIn(input, 'user_id'));
    case 'inputPeerChat':
      return chatPeer(call, longIn(input, 'chat_id'));
    case 'inputPeerChannel':
    case 'inputChannel':
      return channelPeer(call, longIn(input, 'channel_id'), longIn(input, 'access_hash'));
    case 'inputPeerChannelFromMessage':
    case 'inputChannelFromMessage':
      return channelPeer(call, longIn(input, 'channel_id'));
    default:
      throw new RpcRefusal('PEER_ID_INVALID');
  }
}

/** The peer that an input names, whether it exists and may be read or not: a place in a list. */
export function peerNamedBy(call: MethodCall, input: TlObject): WorldPeer | undefined {
  if (input._ === 'inputPeerSelf') return `user:${callerOf(call)}`;
  if (input['user_id'] !== undefined) return `user:${longIn(input, 'user_id')}`;
  if (input['chat_id'] !== undefined) return `chat:${longIn(input, 'chat_id')}`;
  return input['channel_id'] === undefined ? undefined : `channel:${longIn(input, 'channel_id')}`;
}

/** Whether a peer is a channel or supergroup, which number their own messages. */
export function isChannel(peer: WorldPeer): boolean {
  return peer.startsWith('channel:');
}

function userPeer(call: MethodCall, id: bigint, accessHash?: bigint): WorldPeer {
  const user = call.state.world.users.get(id);
  const hashFits =
    accessHash === undefined || id === call.key.userId || accessHash === longIn(user ?? { _: '' }, 'access_hash');
  if (user === undefined || !hashFits) throw new RpcRefusal('PEER_ID_INVALID');
  return `user:${id}`;
}

function chatPeer(call: MethodCall, id: bigint): WorldPeer {
  const chat = call.state.world.chats.get(`chat:${id}`);
  if (chat === undefined) throw new RpcRefusal('CHAT_ID_INVALID');
  if (chat._ === 'chatForbidden') throw new RpcRefusal('CHAT_FORBIDDEN');
  return `chat:${id}`;
}

function channelPeer(call: MethodCall, id: bigint, accessHash?: bigint): WorldPeer {
  const channel = call.state.world.chats.get(`channel:${id}`);
  if (channel === undefined || (accessHash !== undefined && accessHash !== longIn(channel, 'access_hash'))) {
    throw new RpcRefusal('CHANNEL_INVALID');
  }
  if (channel._ === 'channelForbidden') throw new RpcRefusal('CHANNEL_PRIVATE');
  return `channel:${id}`;
}
