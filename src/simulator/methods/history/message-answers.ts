import type { TlObject } from '../../tl/tl-object.js';
import type { WorldPeer } from '../../world/world.js';
import { mentionedEntities } from '../mentioned-peers.js';
import type { MethodCall } from '../method.js';
import { isChannel } from '../peers.js';
import { channelPts } from './visible-history.js';

export interface MessagePage {
  readonly peer: WorldPeer;
  readonly messages: readonly TlObject[];
  /** Number of messages in the whole list. */
  readonly count: number;
}

/** The `messages.Messages` for one page of a chat: `channelMessages`, a slice, or the complete list. */
export function messagesAnswer(call: MethodCall, { peer, messages, count }: MessagePage): TlObject {
  const { users, chats } = mentionedEntities(call, messages, [peer]);
  const content = { messages, users, chats, topics: [] };
  if (isChannel(peer)) return { _: 'messages.channelMessages', pts: channelPts(call, peer), count, ...content };
  if (messages.length < count) return { _: 'messages.messagesSlice', count, ...content };
  return { _: 'messages.messages', ...content };
}
