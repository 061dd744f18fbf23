import { Api } from 'telegram';

import type { TelegramClient } from '../../wire/client.js';
import { readMessages } from '../history.js';
import { LinkedAbort } from '../../wire/linked-abort.js';
import type { MessagePage } from '../message-page.js';
import type { AskedPeer, HistoryExtent, HistoryRange, MessageReader } from '../message-reader.js';
import { inputChannel } from '../peer-directory.js';
import { IdWalk } from './id-walk.js';
import { onlyOfChat } from './mailbox-page.js';
import { newestMessageOf } from './newest-message.js';

/**
 * A chat is taken to end where so many ids in a row hold nothing: 100 calls, about two seconds at 150 ms each with eight
 * under way. Telegram's apps delete 100 messages at a time at most, so people do not leave such a gap by hand; what does
 * is a timer that deletes everything after a day or a week. For channels and supergroups the newest message is asked for
 * besides (see {@link newestMessageOf}), so there such a gap ends nothing; elsewhere a higher end can be named.
 */
export const EMPTY_STRETCH_IDS = 10_000;

// At 100 ms a call eight are 8,000 ids a second, more than the archive takes.
const MOST_CALLS_AHEAD = 8;

/**
 * Reads histories for accounts that may not: bots. All ids are asked for, upwards, 100 in a call. Channels and
 * supergroups have ids of their own; those of all private chats and basic groups are one sequence, the account's.
 */
export class IdReader implements MessageReader {
  readonly #client: TelegramClient;

  constructor(client: TelegramClient) {
    this.#client = client;
  }

  /** Each page has messages of the chat and nothing else, ids ascending. */
  async *pages({ id, input }: AskedPeer, range: HistoryRange): AsyncGenerator<MessagePage, void, void> {
    const { afterId, upToId, newestId = 0, signal } = range;
    const channel = inputChannel(input);
    const toldId = channel === undefined ? 0 : await newestMessageOf(this.#client, channel, signal);
    using stop = new LinkedAbort(signal);
    const walk = new IdWalk({
      fetch: (ids) => fetchWhole(readMessages(this.#client, channel, ids, stop.signal)),
      afterId,
      upToId,
      newestId: Math.max(newestId, toldId),
      emptyStretch: EMPTY_STRETCH_IDS,
      mostAhead: MOST_CALLS_AHEAD,
    });
    try {
      for await (const page of walk.pages()) {
        const { messages, users, chats } = channel === undefined ? onlyOfChat(page, id) : withoutEmpty(page);
        // The count that comes along is of the ids that were asked for, and says nothing of the history.
        if (messages.length > 0) yield { messages, users, chats, totalCount: messages.length };
      }
    } finally {
      stop.abort();
      await walk.settled();
    }
  }

  /** Bots are told no counts. What a user has written to the bot is in its own mailbox, where nothing can be refused. */
  async extentOf({ input }: AskedPeer, signal: AbortSignal): Promise<HistoryExtent> {
    const channel = inputChannel(input);
    if (channel !== undefined) {
      const id = [new Api.InputMessageID({ id: 1 })];
      await this.#client.invoke(new Api.channels.GetMessages({ channel, id }), { signal });
    } else if (input instanceof Api.InputPeerChat) {
      await this.#client.invoke(new Api.messages.GetChats({ id: [input.chatId] }), { signal });
    }
    return { messageCount: undefined };
  }
}

function withoutEmpty(page: MessagePage): MessagePage {
  return { ...page, messages: page.messages.filter(({ message }) => !(message instanceof Api.MessageEmpty)) };
}

/** One page again of what came in several, because something unknown was in it. */
async function fetchWhole(pages: AsyncIterable<MessagePage>): Promise<MessagePage> {
  const all: MessagePage[] = [];
  for await (const page of pages) all.push(page);
  const [first] = all;
  if (first !== undefined && all.length === 1) return first;
  return {
    messages: all.flatMap(({ messages }) => messages),
    users: all.flatMap(({ users }) => users),
    chats: all.flatMap(({ chats }) => chats),
    totalCount: all.reduce((sum, { totalCount }) => sum + totalCount, 0),
  };
}
