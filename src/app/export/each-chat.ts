import type { Chat } from '../../chat/chat.js';
import { chatIdOf } from '../../chat/chat-id.js';
import { errorMessage } from '../../errors/chatferry-error.js';
import { failsOnlyTheChat } from '../../errors/error-meaning.js';
import type { RunReporter } from '../../pipeline/run-reporter.js';
import type { LiveSource } from '../../source/live-source.js';
import { shortTitle } from '../../text/printable.js';

/** A chat that was not exported, and the error. */
export interface RefusedChat {
  readonly chat: Chat;
  readonly error: unknown;
}

export interface EachChatOptions<T> {
  readonly source: Pick<LiveSource, 'account' | 'resolveChat'>;
  readonly reporter: RunReporter;
  readonly signal: AbortSignal;
  /** Called with each finished chat. Returns another chat that has to follow, if any. */
  readonly alongWith: (chat: Chat) => Promise<Chat | undefined>;
  /** Called with one chat at a time, freshly resolved by the source. */
  readonly work: (chat: Chat) => Promise<T>;
}

/**
 * Runs `work` on each chat in order, once per chat: two entries of a list may have become one chat. If there are
 * several, refused chats are listed, and the others continue. If a listed supergroup is refused, `work` runs on the
 * basic group that it was made from: the list no longer has it, but its messages are still readable.
 *
 * @throws what `work` throws, if the next chat would meet the same error, or there is no other chat.
 */
export async function forEachChat<T>(
  chats: readonly Chat[],
  { source, reporter, signal, alongWith, work }: EachChatOptions<T>,
): Promise<{ readonly done: T[]; readonly refused: RefusedChat[] }> {
  const done: T[] = [];
  const refused: RefusedChat[] = [];
  const begun = new Set<Chat['id']>();
  const queue = [...chats];
  for (const [index, listed] of queue.entries()) {
    signal.throwIfAborted();
    reporter.event({ type: 'chat-position', chat: listed, number: index + 1, count: queue.length });
    await reporter.room(signal);
    // A list of chats has neither message counts nor migrations. A chat that was named is already resolved.
    const isKnown = listed.messageCount !== undefined;
    const oldGroup = isKnown ? undefined : listed.migratedFrom;
    try {
      const chat = isKnown ? listed : completed(listed, await source.resolveChat(listed.peerId, signal));
      if (begun.has(chat.id)) continue;
      begun.add(chat.id);
      done.push(await work(chat));
      const other = await alongWith(chat);
      if (other !== undefined) queue.push(other);
    } catch (error) {
      const isOnly = chats.length === 1 && done.length === 0 && oldGroup === undefined;
      if (!failsOnlyTheChat(error) || isOnly) throw error;
      refused.push({ chat: listed, error });
      reporter.event({ type: 'note', text: `${shortTitle(listed.title)}: ${errorMessage(error)}` });
      if (oldGroup !== undefined) {
        const id = chatIdOf(oldGroup, source.account.id);
        queue.push({ id, peerId: oldGroup, kind: 'basic-group', title: listed.title, isPublic: false });
      }
    }
  }
  return { done, refused };
}

function completed(listed: Chat, resolved: Chat): Chat {
  return resolved.id === listed.id ? { ...listed, ...resolved } : resolved; // It has become another chat.
}
