import { Api } from 'telegram';

import type { TelegramClient } from '../../wire/client.js';
import { readMessages } from '../history.js';
import { LinkedAbort } from '../../wire/linked-abort.js';
import type { MessagePage } from '../message-page.js';
import type { RequestedPeer, HistoryExtent, HistoryRange, MessageReader } from '../message-reader.js';
import { inputChannel } from '../peer-directory.js';
import { IdWalk } from './id-walk.js';
import { filterByChat } from './mailbox-page.js';
import { newestMessageOf } from './newest-message.js';

/**
 * A chat is assumed to end after this many consecutive ids without a message. That is 100 calls, or about two seconds
 * with eight at a time and 150 ms each. Telegram's apps delete at most 100 messages at a time, so people do not usually
 * leave such a gap by hand. A timer that deletes everything after a day or a week does. For channels and supergroups
 * the newest message is requested first (see {@link newestMessageOf}), so such a gap does not end them. For other
 * chats, a higher end can be given.
 */
export const MAX_EMPTY_IDS = 10_000;

// With 100 ms per call, eight calls at a time read 8,000 ids per second, which is more than the archive can write.
const MAX_CALLS_AHEAD = 8;

/**
 * Reads histories for bots, which may not request history pages. It requests all ids in ascending order, 100 per call.
 * Each channel and supergroup has its own sequence of ids. All private chats and basic groups of an account share one.
 */
export class IdReader implements MessageReader {
  readonly #client: TelegramClient;

  constructor(client: TelegramClient) {
    this.#client = client;
  }

  /** The pages contain only messages of this chat, in ascending order of id. */
  async *pages({ id, input }: RequestedPeer, range: HistoryRange): AsyncGenerator<MessagePage, void, void> {
    const { afterId, upToId, newestId = 0, signal } = range;
    const channel = inputChannel(input);
    const reportedId = channel === undefined ? 0 : await newestMessageOf(this.#client, channel, signal);
    using stop = new LinkedAbort(signal);
    const walk = new IdWalk({
      fetch: (ids) => fetchWhole(readMessages(this.#client, { channel, ids }, stop.signal)),
      afterId,
      upToId,
      newestId: Math.max(newestId, reportedId),
      maxEmptyIds: MAX_EMPTY_IDS,
      maxCallsAhead: MAX_CALLS_AHEAD,
    });
    try {
      for await (const page of walk.pages()) {
        const { messages, users, chats } = channel === undefined ? filterByChat(page, id) : withoutEmpty(page);
        // The total in the answer counts the requested ids, not the history.
        if (messages.length > 0) yield { messages, users, chats, totalCount: messages.length };
      }
    } finally {
      stop.abort();
      await walk.settled();
    }
  }

  /** Bots do not receive counts. Private chats are in the bot's own mailbox, where access is never refused. */
  async extentOf({ input }: RequestedPeer, signal: AbortSignal): Promise<HistoryExtent> {
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

/** Joins the pages of one call. An answer with unknown contents arrives as several pages. */
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
