import type { Reaction } from '../../chat/reaction.js';
import type { DesktopContext } from './desktop-context.js';
import type { JsonObject } from './json-text.js';

const WORDS: Readonly<Record<Reaction['kind'], string>> = {
  emoji: 'emoji',
  'custom-emoji': 'custom_emoji',
  paid: 'paid',
  empty: 'empty',
};

/** `reactions`: each with its count and the most recent senders. */
export function reactionKeys(reactions: readonly Reaction[] | undefined, context: DesktopContext): JsonObject {
  if (reactions === undefined || reactions.length === 0) return {};
  return { reactions: reactions.map((reaction) => reactionObject(reaction, context)) };
}

function reactionObject({ kind, count, emoji, recent }: Reaction, { names, time }: DesktopContext): JsonObject {
  return {
    type: WORDS[kind],
    count,
    emoji: kind === 'emoji' ? (emoji ?? '') : undefined,
    // The path of the emoji's file. Desktop writes an empty string when the user did not select such files.
    document_id: kind === 'custom-emoji' ? '' : undefined,
    recent:
      recent === undefined || recent.length === 0
        ? undefined
        : recent.map(({ senderId, dateMs }) => ({
            from: names.name(senderId),
            from_id: senderId,
            date: time.isoDate(dateMs),
          })),
  };
}
