import type { TelegramClient } from '../wire/client.js';
import { countMessages, readHistory } from './history.js';
import type { MessagePage } from './message-page.js';
import type { RequestedPeer, HistoryExtent, HistoryRange, MessageReader } from './message-reader.js';

/** Reads histories page by page, for accounts of people. */
export class HistoryReader implements MessageReader {
  readonly #client: TelegramClient;

  constructor(client: TelegramClient) {
    this.#client = client;
  }

  pages({ input }: RequestedPeer, { afterId, signal }: HistoryRange): AsyncIterable<MessagePage> {
    return readHistory(this.#client, { peer: input, afterId, signal });
  }

  async extentOf({ input }: RequestedPeer, signal: AbortSignal): Promise<HistoryExtent> {
    return { messageCount: await countMessages(this.#client, input, signal) };
  }
}
