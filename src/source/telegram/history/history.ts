import bigInt from 'big-integer';
import { Api } from 'telegram';
import type { BinaryReader } from 'telegram/extensions/index.js';

import { ChatferryError, isChatferryError } from '../../../errors/chatferry-error.js';
import { refusedAnswer } from '../wire/answers/refused-answer.js';
import type { TelegramClient } from '../wire/client.js';
import { LinkedAbort } from '../wire/linked-abort.js';
import { type MessagePage, readMessagePage } from './message-page.js';
import { PagesAhead } from './pages-ahead.js';
import { RepeatedPeers } from './repeated-peers.js';
import { selfCheckedRequest } from '../wire/wire-request.js';

// The maximum (https://core.telegram.org/api/offsets).
const PAGE_SIZE = 100;

// With 100 ms per request, eight pages at a time are 8,000 messages per second, more than the archive can write.
const MAX_PAGES_AHEAD = 8;

export interface ReadHistoryOptions {
  readonly peer: Api.TypeInputPeer;
  /** Messages up to and including this id are skipped. 0 skips none. */
  readonly afterId: number;
  /** Maximum number of pages that are fetched before they are needed. @defaultValue 8 */
  readonly maxPagesAhead?: number;
  readonly signal: AbortSignal;
}

/**
 * The pages of a history from old to new. Each has at least one message that is newer than all messages before it.
 * Within a page, messages are in the server's order, and older ones may be included.
 *
 * Pages are requested by id and not by position, so messages that are added or deleted meanwhile do not shift them. A
 * short page is not the end of the history. Pages are fetched ahead, see {@link PagesAhead}.
 *
 * @throws {ChatferryError} as {@link TelegramClient.call} does; the signal's reason when it aborts.
 */
export async function* readHistory(
  client: TelegramClient,
  { peer, afterId, maxPagesAhead: maxPages = MAX_PAGES_AHEAD, signal }: ReadHistoryOptions,
): AsyncGenerator<MessagePage, void, void> {
  using stop = new LinkedAbort(signal);
  const peers = new RepeatedPeers();
  const fetchAfter = (id: number): Promise<MessagePage> =>
    fetchPage(client, { peer, peers, afterId: id, signal: stop.signal }, PAGE_SIZE);
  const ahead = new PagesAhead({ fetchAfter, pageSize: PAGE_SIZE, maxPages });
  try {
    yield* limitByCount(ahead.readFrom(afterId), afterId);
  } finally {
    stop.abort();
    await ahead.settled();
  }
}

/**
 * The number of messages in a history, as the server counts them. Needs one request.
 *
 * @throws {ChatferryError} `REMOTE_ERROR` if the count and the returned messages contradict each other; as
 *   {@link TelegramClient.call} does.
 */
export async function countMessages(
  client: TelegramClient,
  peer: Api.TypeInputPeer,
  signal: AbortSignal,
): Promise<number> {
  const { totalCount, messages } = await client.call(
    selfCheckedRequest(historyRequest(peer, { offsetId: 0, addOffset: 0, limit: 1 }), (reader) =>
      readMessagePage(reader, { maxMessages: 1 }),
    ),
    { signal },
  );
  if (totalCount > 0 === messages.length > 0) return totalCount;
  const returned = messages.length === 0 ? 'returns none' : 'returns one';
  throw new ChatferryError(
    'REMOTE_ERROR',
    `Telegram contradicts itself: it counts ${totalCount} messages in this chat and ${returned}. Try again later.`,
  );
}

// New messages during the read, and errors in Telegram's count, stay far below both limits.
const MAX_MESSAGES_PER_COUNTED = 2;
const MAX_UNCOUNTED_MESSAGES = 10_000;

/** Fails if a history continues far beyond its own message count, because it might never end. */
async function* limitByCount(
  pages: AsyncIterable<MessagePage>,
  afterId: number,
): AsyncGenerator<MessagePage, void, void> {
  let reached = afterId;
  let messageCount = 0;
  let countedMessages = 0;
  for await (const page of pages) {
    const newIds = page.messages.map(({ header }) => header.id).filter((id) => id > reached);
    messageCount += newIds.length;
    reached = Math.max(reached, ...newIds);
    countedMessages = Math.max(countedMessages, page.totalCount);
    if (messageCount > countedMessages * MAX_MESSAGES_PER_COUNTED + MAX_UNCOUNTED_MESSAGES) {
      const what = `the history has returned ${messageCount} messages, but counts only ${countedMessages}`;
      throw refusedAnswer('messages.getHistory', what);
    }
    yield page;
  }
}

/** The highest message id: a TL `int` (https://core.telegram.org/mtproto/serialize). */
const MAX_ID = 2 ** 31 - 1;

interface PageOptions extends Pick<ReadHistoryOptions, 'peer' | 'afterId' | 'signal'> {
  readonly peers: RepeatedPeers;
}

/**
 * Fetches the next messages after an id. If the end of a message of an unknown type cannot be found, requests smaller
 * pages, down to that single message.
 */
async function fetchPage(client: TelegramClient, options: PageOptions, limit: number): Promise<MessagePage> {
  const { peer, peers, afterId, signal } = options;
  // The page starts at the first message with an id of at least offset_id. A negative add_offset moves to newer
  // messages.
  const offsetId = Math.min(afterId + 1, MAX_ID);
  const request = historyRequest(peer, { offsetId, addOffset: -limit, limit });
  try {
    const read = (reader: BinaryReader): MessagePage => readMessagePage(reader, { maxMessages: limit, peers });
    const page = await client.call(selfCheckedRequest(request, read), { signal });
    checkOrder(page);
    return withKnownIds(page, afterId);
  } catch (error) {
    if (limit === 1 || !isChatferryError(error, 'UNDECODABLE')) throw error;
    return fetchPage(client, options, Math.ceil(limit / 2));
  }
}

/** Requires descending ids without duplicates. Otherwise messages could be skipped, or the history could never end. */
function checkOrder({ messages }: MessagePage): void {
  let previous = Infinity;
  for (const { header } of messages) {
    if (header.id === 0) continue; // Unreadable.
    if (header.id < 0 || header.id >= previous) {
      throw refusedAnswer('messages.getHistory', `message ${header.id} comes after message ${previous}`);
    }
    previous = header.id;
  }
}

function historyRequest(
  peer: Api.TypeInputPeer,
  range: { readonly offsetId: number; readonly addOffset: number; readonly limit: number },
): Api.messages.GetHistory {
  return new Api.messages.GetHistory({ peer, ...range, offsetDate: 0, maxId: 0, minId: 0, hash: bigInt.zero });
}

// Likely offsets of the id in a message of an unknown constructor: after flags and flags2, after flags, or first.
const ID_OFFSETS = [12, 8, 4, 16];

/**
 * Assigns ids to messages whose id cannot be read: the number at a likely offset that lies between the neighbouring
 * ids.
 */
function withKnownIds(page: MessagePage, afterId: number): MessagePage {
  if (page.messages.every(({ header }) => header.id !== 0)) return page;
  const messages = page.messages.map((entry, index) => {
    if (entry.header.id !== 0) return entry;
    const newer = page.messages.slice(0, index).findLast(({ header }) => header.id !== 0)?.header.id ?? Infinity;
    const older = page.messages.slice(index + 1).find(({ header }) => header.id !== 0)?.header.id ?? 0;
    const lower = Math.max(older, afterId);
    const plausible = ID_OFFSETS.filter((offset) => offset + 4 <= entry.raw.length)
      .map((offset) => entry.raw.readInt32LE(offset))
      .find((id) => id > lower && id < newer);
    return { ...entry, header: { ...entry.header, id: plausible ?? lower + 1 } };
  });
  return { ...page, messages };
}

export interface MessagesById {
  readonly ids: readonly number[];
  /** The channel of the messages. Undefined for other chats, whose ids belong to the account's mailbox. */
  readonly channel: Api.TypeInputChannel | undefined;
}

/**
 * Fetches single messages by id, in pages of up to 100. Deleted messages are `messageEmpty`.
 */
export async function* readMessages(
  client: TelegramClient,
  { ids, channel }: MessagesById,
  signal: AbortSignal,
): AsyncGenerator<MessagePage, void, void> {
  for (let start = 0; start < ids.length; start += PAGE_SIZE) {
    yield* readMessageGroup(client, { channel, ids: ids.slice(start, start + PAGE_SIZE) }, signal);
  }
}

async function* readMessageGroup(
  client: TelegramClient,
  { ids, channel }: MessagesById,
  signal: AbortSignal,
): AsyncGenerator<MessagePage, void, void> {
  const id = ids.map((messageId) => new Api.InputMessageID({ id: messageId }));
  const request =
    channel === undefined ? new Api.messages.GetMessages({ id }) : new Api.channels.GetMessages({ channel, id });
  let page: MessagePage;
  try {
    page = await client.call(
      selfCheckedRequest(request, (reader) => readMessagePage(reader, { maxMessages: ids.length })),
      { signal },
    );
  } catch (error) {
    if (ids.length === 1 || !isChatferryError(error, 'UNDECODABLE')) throw error;
    const half = Math.ceil(ids.length / 2);
    yield* readMessageGroup(client, { channel, ids: ids.slice(0, half) }, signal);
    yield* readMessageGroup(client, { channel, ids: ids.slice(half) }, signal);
    return;
  }
  // Messages are in the order of the requested ids, so the position of an unreadable one tells its id.
  const messages = page.messages.map((entry, index) => {
    const knownId = ids[index] ?? 0;
    return entry.header.id === 0 ? { ...entry, header: { ...entry.header, id: knownId } } : entry;
  });
  yield { ...page, messages };
}
