import { RpcRefusal } from '../state/rpc-refusal.js';
import { longIn, objectsIn, textIn } from '../tl/fields.js';
import type { TlObject } from '../tl/tl-object.js';
import type { WorldPeer } from '../world/world.js';
import { isBot, isBotIn, isHashRight } from './bot-access.js';
import { historyOf } from './history/visible-history.js';
import { callerOf, type MethodCall } from './method.js';

/**
 * The peer of a TL `InputPeer`, `InputUser` or `InputChannel`.
 *
 * @throws {RpcRefusal} if it does not exist, the access hash is wrong, or the caller has no access to it.
 */
export function resolvePeer(call: MethodCall, input: TlObject): WorldPeer {
  refuseFromMessageToBots(call, input);
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

/** The peer that an input names, without checking existence and access. Used as a position in a list. */
export function peerNamedBy(call: MethodCall, input: TlObject): WorldPeer | undefined {
  if (input._ === 'inputPeerSelf') return `user:${callerOf(call)}`;
  if (input['user_id'] !== undefined) return `user:${longIn(input, 'user_id')}`;
  if (input['chat_id'] !== undefined) return `chat:${longIn(input, 'chat_id')}`;
  return input['channel_id'] === undefined ? undefined : `channel:${longIn(input, 'channel_id')}`;
}

/** Whether a peer is a channel or supergroup. These have their own sequences of message ids. */
export function isChannel(peer: WorldPeer): boolean {
  return peer.startsWith('channel:');
}

/**
 * Bots receive users and channels in full, and may not name one by a message that contains it.
 *
 * @throws {RpcRefusal} `FROM_MESSAGE_BOT_DISABLED`
 */
export function refuseFromMessageToBots(call: MethodCall, input: TlObject): void {
  if (input._.endsWith('FromMessage') && isBot(call)) throw new RpcRefusal('FROM_MESSAGE_BOT_DISABLED');
}

function userPeer(call: MethodCall, id: bigint, accessHash?: bigint): WorldPeer {
  const user = call.state.world.users.get(id);
  if (user === undefined) throw new RpcRefusal('PEER_ID_INVALID');
  const isNamed = accessHash === undefined || id === call.key.userId;
  if (!isNamed && !isHashRight(call, { peer: `user:${id}`, entity: user }, accessHash))
    throw new RpcRefusal('PEER_ID_INVALID');
  return `user:${id}`;
}

function chatPeer(call: MethodCall, id: bigint): WorldPeer {
  const chat = call.state.world.chats.get(`chat:${id}`);
  if (chat === undefined || isHiddenFromBot(call, `chat:${id}`)) throw new RpcRefusal('CHAT_ID_INVALID');
  if (chat._ === 'chatForbidden' && !isInMailbox(call, `chat:${id}`)) throw new RpcRefusal('PEER_ID_INVALID');
  return `chat:${id}`;
}

/**
 * The messages of basic groups are in the mailbox of each member. They stay there when the member leaves or is removed,
 * and when the group is deleted.
 */
function isInMailbox(call: MethodCall, peer: WorldPeer): boolean {
  return call.state.world.dialogs(callerOf(call)).includes(peer) || historyOf(call, peer).length > 0;
}

function channelPeer(call: MethodCall, id: bigint, accessHash?: bigint): WorldPeer {
  const channel = call.state.world.chats.get(`channel:${id}`);
  if (channel === undefined) throw new RpcRefusal('CHANNEL_INVALID');
  if (accessHash !== undefined && !isHashRight(call, { peer: `channel:${id}`, entity: channel }, accessHash)) {
    throw new RpcRefusal('CHANNEL_INVALID');
  }
  const isOutside = channel['left'] === true || isHiddenFromBot(call, `channel:${id}`);
  const isClosed = channel._ === 'channelForbidden' || (isOutside && !isPublic(channel));
  if (isClosed) throw new RpcRefusal('CHANNEL_PRIVATE', 406);
  return `channel:${id}`;
}

/** Whether the caller is a bot that was never in this chat. */
export function isHiddenFromBot(call: MethodCall, peer: WorldPeer): boolean {
  return isBot(call) && !isBotIn(call, peer);
}

function isPublic(channel: TlObject): boolean {
  return textIn(channel, 'username') !== '' || objectsIn(channel, 'usernames').length > 0;
}
