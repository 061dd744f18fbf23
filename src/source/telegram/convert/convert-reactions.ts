import type { Api } from 'telegram';

import type { Reaction, RecentReaction } from '../../../chat/reaction.js';
import { flag, present } from './convert-absent.js';
import { convertPeer } from './convert-peer.js';

/** The reactions of a message, in Telegram's order, each with its most recent senders. Undefined if there are none. */
export function convertReactions(reactions: Api.TypeMessageReactions): readonly Reaction[] | undefined {
  if (reactions.results.length === 0) {
    return undefined;
  }
  const recent = recentByReaction(reactions.recentReactions ?? []);
  return reactions.results.map(({ reaction, count, chosenOrder }) =>
    present<Reaction>({
      ...convertReaction(reaction),
      count,
      chosenByMe: flag(chosenOrder != null),
      recent: recent.get(keyOf(reaction)),
    }),
  );
}

function convertReaction(reaction: Api.TypeReaction): Pick<Reaction, 'kind' | 'emoji' | 'documentId'> {
  switch (reaction.className) {
    case 'ReactionEmoji':
      return { kind: 'emoji', emoji: reaction.emoticon };
    case 'ReactionCustomEmoji':
      return { kind: 'custom-emoji', documentId: reaction.documentId.toString() };
    case 'ReactionPaid':
      return { kind: 'paid' };
    default:
      return { kind: 'empty' };
  }
}

function recentByReaction(reactions: readonly Api.TypeMessagePeerReaction[]): Map<string, RecentReaction[]> {
  const result = new Map<string, RecentReaction[]>();
  for (const { reaction, peerId, date } of reactions) {
    const key = keyOf(reaction);
    const list = result.get(key) ?? [];
    list.push({ senderId: convertPeer(peerId), dateMs: date * 1000 });
    result.set(key, list);
  }
  return result;
}

function keyOf(reaction: Api.TypeReaction): string {
  const { kind, emoji, documentId } = convertReaction(reaction);
  return `${kind}:${emoji ?? documentId ?? ''}`;
}
