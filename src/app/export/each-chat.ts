import type { Chat } from '../../chat/chat.js';
import { chatIdOf } from '../../chat/chat-id.js';
import { errorMessage } from '../../errors/chatferry-error.js';
import { costsOneChat } from '../../errors/error-meaning.js';
import type { RunReporter } from '../../pipeline/run-reporter.js';
import type { LiveSource } from '../../source/live-source.js';
import { shortTitle } from '../../text/printable.js';

/** A chat that was not exported, and why. */
export interface RefusedChat {
  readonly chat: Chat;
  readonly error: unknown;
}

export interface EachChatOptions<T> {
  readonly source: Pick<LiveSource, 'account' | 'resolveChat'>;
  readonly reporter: RunReporter;
  readonly signal: AbortSignal;
  /** Called with each chat that is done: another one that is to be done for it, if any. */
  readonly alongWith: (chat: Chat) => Promise<Chat | undefined>;
  /** Called with one chat at a time, as the source describes it when it is asked for that one. */
  readonly work: (chat: Chat) => Promise<T>;
}

/**
 * Does the same with each chat, in order, and with each once: two of a list may have become one. Where there are several,
 * those that are refused are listed, and the others go on. For a supergroup that is listed and refused, the basic group
 * that it was made from is done: the list has it no more, and nobody refuses its messages.
 *
 * @throws what `work` throws, when the next chat would meet it as well, or there is no other.
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
    // A list of chats tells neither how many messages one has nor what became of it. One that was named is known.
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
      if (!costsOneChat(error) || isOnly) throw error;
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
  return resolved.id === listed.id ? { ...listed, ...resolved } : resolved; // It became another chat.
}
