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

// Telegram gives no more (https://core.telegram.org/api/offsets).
const PAGE_SIZE = 100;

// At 100 ms a request eight pages are 8,000 messages a second, more than the archive takes.
const MOST_PAGES_AHEAD = 8;

export interface ReadHistoryOptions {
  readonly peer: Api.TypeInputPeer;
  /** Messages up to and including this id are left out. 0 for all. */
  readonly afterId: number;
  /** The most pages that are fetched and not yet taken. @defaultValue 8 */
  readonly mostPagesAhead?: number;
  readonly signal: AbortSignal;
}

/**
 * The pages of a history from old to new, each with at least one message newer than those before it; within a page
 * messages come in the server's order, and older ones may be among them.
 *
 * Pages are asked for by id and not by position, so that messages that arrive or go meanwhile shift nothing. A short
 * page is no end. Pages are fetched ahead, see {@link PagesAhead}.
 *
 * @throws {ChatferryError} as {@link TelegramClient.call} does; the signal's reason when it aborts.
 */
export async function* readHistory(
  client: TelegramClient,
  { peer, afterId, mostPagesAhead: mostPages = MOST_PAGES_AHEAD, signal }: ReadHistoryOptions,
): AsyncGenerator<MessagePage, void, void> {
  using stop = new LinkedAbort(signal);
  const peers = new RepeatedPeers();
  const fetchAfter = (id: number): Promise<MessagePage> =>
    fetchPage(client, { peer, peers, afterId: id, signal: stop.signal }, PAGE_SIZE);
  const ahead = new PagesAhead({ fetchAfter, pageSize: PAGE_SIZE, mostPages });
  try {
    yield* untilContradicted(ahead.readFrom(afterId), afterId);
  } finally {
    stop.abort();
    await ahead.settled();
  }
}

/**
 * How many messages a history holds, as the server counts them. One request.
 *
 * @throws {ChatferryError} `REMOTE_ERROR` when it counts some and shows none, or the other way round; as
 *   {@link TelegramClient.call} does.
 */
export async function countMessages(
  client: TelegramClient,
  peer: Api.TypeInputPeer,
  signal: AbortSignal,
): Promise<number> {
  const { totalCount, messages } = await client.call(
    selfCheckedRequest(historyRequest(peer, { offsetId: 0, addOffset: 0, limit: 1 }), (reader) =>
      readMessagePage(reader, { mostMessages: 1 }),
    ),
    { signal },
  );
  if (totalCount > 0 === messages.length > 0) return totalCount;
  const came = messages.length === 0 ? 'shows none' : 'shows one';
  throw new ChatferryError(
    'REMOTE_ERROR',
    `Telegram contradicts itself: it counts ${totalCount} messages in this chat and ${came}. Try again later.`,
  );
}

// What arrives while a history is read, and what a count of Telegram's is off by, is far below both.
const MOST_MESSAGES_PER_COUNTED = 2;
const MOST_UNCOUNTED_MESSAGES = 10_000;

/** Ends a history that goes on far beyond what it has by its own count: it may never end. */
async function* untilContradicted(
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
    if (messageCount > countedMessages * MOST_MESSAGES_PER_COUNTED + MOST_UNCOUNTED_MESSAGES) {
      const what = `${messageCount} messages came of a history that has ${countedMessages} by its own count`;
      throw refusedAnswer('messages.getHistory', what);
    }
    yield page;
  }
}

/** Of a message: what a request has room for (https://core.telegram.org/mtproto/serialize, `int`). */
const HIGHEST_ID = 2 ** 31 - 1;

interface PageOptions extends Pick<ReadHistoryOptions, 'peer' | 'afterId' | 'signal'> {
  readonly peers: RepeatedPeers;
}

/**
 * The next messages after an id. Where a message of an unknown kind hides its own end, smaller pages are asked for,
 * down to that message alone.
 */
async function fetchPage(client: TelegramClient, options: PageOptions, limit: number): Promise<MessagePage> {
  const { peer, peers, afterId, signal } = options;
  // "From the first message with an id of at least offset_id, step back by add_offset": a negative one goes to newer.
  const offsetId = Math.min(afterId + 1, HIGHEST_ID);
  const request = historyRequest(peer, { offsetId, addOffset: -limit, limit });
  try {
    const read = (reader: BinaryReader): MessagePage => readMessagePage(reader, { mostMessages: limit, peers });
    const page = await client.call(selfCheckedRequest(request, read), { signal });
    checkOrder(page);
    return withKnownIds(page, afterId);
  } catch (error) {
    if (limit === 1 || !isChatferryError(error, 'UNDECODABLE')) throw error;
    return fetchPage(client, options, Math.ceil(limit / 2));
  }
}

/** Newest first, each once: what comes in another order would be skipped or never end. */
function checkOrder({ messages }: MessagePage): void {
  let before = Infinity;
  for (const { header } of messages) {
    if (header.id === 0) continue; // Unreadable.
    if (header.id < 0 || header.id >= before) {
      throw refusedAnswer('messages.getHistory', `message ${header.id} comes behind message ${before}`);
    }
    before = header.id;
  }
}

function historyRequest(
  peer: Api.TypeInputPeer,
  range: { readonly offsetId: number; readonly addOffset: number; readonly limit: number },
): Api.messages.GetHistory {
  return new Api.messages.GetHistory({ peer, ...range, offsetDate: 0, maxId: 0, minId: 0, hash: bigInt.zero });
}

// Where an id may stand in a message of an unknown constructor: behind flags and flags2, behind flags, or first.
const ID_PLACES = [12, 8, 4, 16];

/**
 * Gives an id to messages that do not even tell that: the number at a likely place that fits between the ids around it.
 */
function withKnownIds(page: MessagePage, afterId: number): MessagePage {
  if (page.messages.every(({ header }) => header.id !== 0)) return page;
  const messages = page.messages.map((entry, index) => {
    if (entry.header.id !== 0) return entry;
    const newer = page.messages.slice(0, index).findLast(({ header }) => header.id !== 0)?.header.id ?? Infinity;
    const older = page.messages.slice(index + 1).find(({ header }) => header.id !== 0)?.header.id ?? 0;
    const lower = Math.max(older, afterId);
    const fitting = ID_PLACES.filter((place) => place + 4 <= entry.raw.length)
      .map((place) => entry.raw.readInt32LE(place))
      .find((id) => id > lower && id < newer);
    return { ...entry, header: { ...entry.header, id: fitting ?? lower + 1 } };
  });
  return { ...page, messages };
}

/**
 * Single messages by id, in pages of up to 100; those that are gone are `messageEmpty` in them.
 *
 * @param channel - The channel they are in; undefined for every other chat, whose ids are the account's own.
 */
export async function* readMessages(
  client: TelegramClient,
  channel: Api.TypeInputChannel | undefined,
  ids: readonly number[],
  signal: AbortSignal,
): AsyncGenerator<MessagePage, void, void> {
  for (let start = 0; start < ids.length; start += PAGE_SIZE) {
    yield* readMessageGroup(client, channel, ids.slice(start, start + PAGE_SIZE), signal);
  }
}

async function* readMessageGroup(
  client: TelegramClient,
  channel: Api.TypeInputChannel | undefined,
  ids: readonly number[],
  signal: AbortSignal,
): AsyncGenerator<MessagePage, void, void> {
  const id = ids.map((messageId) => new Api.InputMessageID({ id: messageId }));
  const request =
    channel === undefined ? new Api.messages.GetMessages({ id }) : new Api.channels.GetMessages({ channel, id });
  let page: MessagePage;
  try {
    page = await client.call(
      selfCheckedRequest(request, (reader) => readMessagePage(reader, { mostMessages: ids.length })),
      { signal },
    );
  } catch (error) {
    if (ids.length === 1 || !isChatferryError(error, 'UNDECODABLE')) throw error;
    const half = Math.ceil(ids.length / 2);
    yield* readMessageGroup(client, channel, ids.slice(0, half), signal);
    yield* readMessageGroup(client, channel, ids.slice(half), signal);
    return;
  }
  // Answers come in the order of the question, so an unreadable one is told by its place.
  const messages = page.messages.map((entry, index) => {
    const knownId = ids[index] ?? 0;
    return entry.header.id === 0 ? { ...entry, header: { ...entry.header, id: knownId } } : entry;
  });
  yield { ...page, messages };
}
