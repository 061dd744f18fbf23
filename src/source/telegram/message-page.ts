import { Api } from 'telegram';
import type { BinaryReader } from 'telegram/extensions/index.js';

import { ChatferryError } from '../../errors/chatferry-error.js';
import { headerAt, type MessageHeader } from './message-header.js';
import { RepeatedPeers } from './repeated-peers.js';

/** One message of a page with the exact bytes it came in. */
export interface PageMessage {
  /** Undefined when this client cannot read it. */
  readonly message: Api.TypeMessage | undefined;
  /** Boxed TL; shares memory with the page. */
  readonly raw: Buffer;
  /** What can be known of an unreadable message. `id` is 0 when not even that can be read. */
  readonly header: MessageHeader;
}

/** An answer of `messages.getHistory` or `getMessages`. */
export interface MessagePage {
  /** In the server's order: newest first in a history. */
  readonly messages: readonly PageMessage[];
  readonly users: readonly Api.TypeUser[];
  readonly chats: readonly Api.TypeChat[];
  /** Messages in the whole history, as the server counts them. */
  readonly totalCount: number;
  /** The same, where the answer says so itself and it is not only the length of this page. */
  readonly announcedCount?: number;
}

const VECTOR = 0x1cb5c415;
const EMPTY: MessagePage = { messages: [], users: [], chats: [], totalCount: 0 };

/**
 * Reads a page as gramjs would, but keeps the bytes of each message, and goes on behind a message that holds a
 * constructor this client does not know: the next message is found by its header.
 *
 * @param peers - Of one history: people and chats that come again in the next page are the same objects there.
 * @throws {ChatferryError} `UNDECODABLE` when a message cannot be told from the next; ask for fewer then. A page of one
 *   message is always read.
 */
export function readMessagePage(reader: BinaryReader, peers: RepeatedPeers = new RepeatedPeers()): MessagePage {
  const form = reader.readInt(false);
  if (form === Api.messages.MessagesNotModified.CONSTRUCTOR_ID) return EMPTY;
  const announcedCount = readForm(reader, form);
  const count = readVectorHead(reader);
  const messages: PageMessage[] = [];
  for (let remaining = count - 1; remaining >= 0; remaining -= 1) messages.push(readMessage(reader, remaining));
  if (form === Api.messages.ChannelMessages.CONSTRUCTOR_ID) readVector(reader); // Topics.
  const chats = readVector(reader, peers) as Api.TypeChat[];
  const users = readVector(reader, peers) as Api.TypeUser[];
  return {
    messages,
    chats,
    users,
    totalCount: announcedCount ?? count,
    ...(announcedCount === undefined ? {} : { announcedCount }),
  };
}

/** The fields before the messages: `messages.messages` has none. */
function readForm(reader: BinaryReader, form: number): number | undefined {
  switch (form) {
    case Api.messages.Messages.CONSTRUCTOR_ID:
      return undefined;
    case Api.messages.MessagesSlice.CONSTRUCTOR_ID: {
      const flags = reader.readInt();
      const count = reader.readInt();
      if ((flags & 1) !== 0) reader.readInt(); // next_rate
      if ((flags & 4) !== 0) reader.readInt(); // offset_id_offset
      return count;
    }
    case Api.messages.ChannelMessages.CONSTRUCTOR_ID: {
      const flags = reader.readInt();
      reader.readInt(); // pts
      const count = reader.readInt();
      if ((flags & 4) !== 0) reader.readInt(); // offset_id_offset
      return count;
    }
    default:
      throw new ChatferryError('UNDECODABLE', `Telegram sent messages in an unknown form (${form.toString(16)}).`);
  }
}

function readMessage(reader: BinaryReader, remaining: number): PageMessage {
  const start = reader.tellPosition();
  const bytes = reader.getBuffer();
  const message = tryRead(reader);
  if (isMessage(message)) {
    return { message, raw: bytes.subarray(start, reader.tellPosition()), header: { id: message.id, dateMs: 0 } };
  }
  if (isVectorAt(bytes, start)) throw hidden(); // Two unreadable messages before this were taken for one.
  const header = headerAt(bytes, start) ?? { id: 0, dateMs: 0 };
  const end = remaining === 0 ? nextVector(reader, start) : nextMessage(bytes, start);
  reader.setPosition(end);
  return { message: undefined, raw: bytes.subarray(start, end), header };
}

/** Where the next message begins: everything in TL is aligned to 4 bytes. */
function nextMessage(bytes: Buffer, start: number): number {
  for (let position = start + 8; position + 4 <= bytes.length; position += 4) {
    if (headerAt(bytes, position) !== undefined) return position;
  }
  throw new ChatferryError(
    'UNDECODABLE',
    'A message of a kind unknown to this client hides where the next one begins.',
  );
}

/** Where the vector behind the last message begins: the first that can be read whole. */
function nextVector(reader: BinaryReader, start: number): number {
  const bytes = reader.getBuffer();
  for (let position = start + 8; position + 8 <= bytes.length; position += 4) {
    if (isVectorAt(bytes, position) && followedByPeers(reader, position)) return position;
  }
  throw hidden();
}

/** Entities and buttons are vectors too; behind the last message stand two or three vectors of known things. */
function followedByPeers(reader: BinaryReader, position: number): boolean {
  reader.setPosition(position);
  const first = tryRead(reader);
  const second = tryRead(reader);
  return Array.isArray(first) && Array.isArray(second) && first.every(isPeerOrTopic) && second.every(isPeerOrTopic);
}

function isPeerOrTopic(value: unknown): boolean {
  return [
    Api.User,
    Api.UserEmpty,
    Api.Chat,
    Api.ChatEmpty,
    Api.ChatForbidden,
    Api.Channel,
    Api.ChannelForbidden,
    Api.ForumTopic,
    Api.ForumTopicDeleted,
  ].some((kind) => value instanceof kind);
}

function isMessage(value: unknown): value is Api.TypeMessage {
  return value instanceof Api.Message || value instanceof Api.MessageService || value instanceof Api.MessageEmpty;
}

/** Undefined for what cannot be read, whatever the reason: noise makes gramjs throw errors of many kinds. */
function tryRead(reader: BinaryReader, peers?: RepeatedPeers): unknown {
  try {
    return peers === undefined ? reader.tgReadObject() : peers.read(reader);
  } catch {
    return undefined;
  }
}

function isVectorAt(bytes: Buffer, position: number): boolean {
  return position + 8 <= bytes.length && bytes.readUInt32LE(position) === VECTOR;
}

function hidden(): ChatferryError {
  return new ChatferryError('UNDECODABLE', 'A message of a kind unknown to this client hides where it ends.');
}

function readVectorHead(reader: BinaryReader): number {
  if (reader.readInt(false) === VECTOR) return reader.readInt();
  throw new ChatferryError('UNDECODABLE', 'A page of messages does not hold the list that it should.');
}

/** A list behind the messages: only names are lost where it cannot be read to its end. */
function readVector(reader: BinaryReader, peers?: RepeatedPeers): unknown[] {
  const items: unknown[] = [];
  const bytes = reader.getBuffer();
  if (!isVectorAt(bytes, reader.tellPosition())) return items;
  const count = readVectorHead(reader);
  for (let index = 0; index < count; index += 1) {
    const item = tryRead(reader, peers);
    if (item === undefined) {
      reader.setPosition(bytes.length);
      return items;
    }
    items.push(item);
  }
  return items;
}
