import { RpcRefusal } from '../state/rpc-refusal.js';
import { longsIn, objectIn, objectsIn, longIn, intIn } from '../tl/fields.js';
import type { TlObject, TlValue } from '../tl/tl-object.js';
import { parseWorldPeer } from '../world/world-peer.js';
import type { WorldPeer } from '../world/world.js';
import { mentionedEntities } from './mentioned-peers.js';
import { channelPts, historyOf, newestIdIn } from './history/visible-history.js';
import type { MethodCall, MethodTable } from './method.js';
import { isHiddenFromBot, resolvePeer } from './peers.js';

/** Groups and channels as a whole. */
export const chatMethods: MethodTable = {
  'channels.getChannels': {
    handle: (call) => ({
      _: 'messages.chats',
      chats: objectsIn(call.params, 'id').flatMap((input) => {
        const chat = call.state.world.chats.get(resolvePeer(call, input));
        return chat === undefined ? [] : [chat];
      }),
    }),
  },
  'messages.getChats': {
    handle: (call) => ({
      _: 'messages.chats',
      chats: longsIn(call.params, 'id').map((id) => {
        const chat = isHiddenFromBot(call, `chat:${id}`) ? undefined : call.state.world.chats.get(`chat:${id}`);
        if (chat === undefined) throw new RpcRefusal('CHAT_ID_INVALID');
        return chat;
      }),
    }),
  },
  'channels.getFullChannel': {
    handle: (call) => {
      const peer = resolvePeer(call, objectIn(call.params, 'channel'));
      return fullAnswer(call, peer, {
        _: 'channelFull',
        pts: channelPts(call, peer),
        ...migratedFrom(call, parseWorldPeer(peer).id),
      });
    },
  },
  'messages.getFullChat': {
    handle: (call) => {
      const peer = resolvePeer(call, { _: 'inputPeerChat', chat_id: longIn(call.params, 'chat_id') });
      const isForbidden = call.state.world.chats.get(peer)?._ === 'chatForbidden';
      const participants = isForbidden ? 'chatParticipantsForbidden' : 'chatParticipants';
      return fullAnswer(call, peer, {
        _: 'chatFull',
        participants: { _: participants, chat_id: parseWorldPeer(peer).id },
      });
    },
  },
  'channels.getForumTopics': { handle: (call) => topicsAnswer(call, 'channel') },
  'messages.getForumTopics': { handle: (call) => topicsAnswer(call, 'peer') },
};

function fullAnswer(call: MethodCall, peer: WorldPeer, otherwise: TlObject): TlObject {
  const { world } = call.state;
  const full = world.fullChats.get(peer) ?? {
    ...otherwise,
    id: parseWorldPeer(peer).id,
    about: '',
    chat_photo: { _: 'photoEmpty' },
  };
  const oldGroup = longIn(full, 'migrated_from_chat_id');
  const also: readonly WorldPeer[] = oldGroup === 0n ? [peer] : [peer, `chat:${oldGroup}`];
  return { _: 'messages.chatFull', full_chat: full, ...mentionedEntities(call, [full], also) };
}

/**
 * The fields of a supergroup that name the basic group it was made from
 * (https://core.telegram.org/api/channel#migration).
 */
function migratedFrom(call: MethodCall, channelId: bigint): Readonly<Record<string, TlValue>> {
  for (const [peer, chat] of call.state.world.chats) {
    if (longIn(objectIn(chat, 'migrated_to'), 'channel_id') !== channelId) continue;
    const newest = newestIdIn(historyOf(call, peer));
    return { migrated_from_chat_id: parseWorldPeer(peer).id, migrated_from_max_id: newest };
  }
  return {};
}

function topicsAnswer(call: MethodCall, field: 'channel' | 'peer'): TlObject {
  const peer = resolvePeer(call, objectIn(call.params, field));
  if (call.state.world.chats.get(peer)?.['forum'] !== true) throw new RpcRefusal('CHANNEL_FORUM_MISSING');
  const all = call.state.world.topics(peer);
  const offset = intIn(call.params, 'offset_topic');
  const start = offset === 0 ? 0 : all.findIndex((topic) => intIn(topic, 'id') === offset) + 1;
  const topics = all.slice(start, start + Math.max(intIn(call.params, 'limit'), 1));
  const entities = mentionedEntities(call, topics, [peer]);
  return {
    _: 'messages.forumTopics',
    count: all.length,
    topics,
    messages: [],
    pts: channelPts(call, peer),
    ...entities,
  };
}
