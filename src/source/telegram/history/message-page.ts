import { Api } from 'telegram';
import type { BinaryReader } from 'telegram/extensions/index.js';

import { ChatferryError } from '../../../errors/chatferry-error.js';
import { AnswerCheck } from '../wire/answers/answer-check.js';
import { faultError, refusedAnswer } from '../wire/answers/refused-answer.js';
import { headerAt, isHeaderAt, type MessageHeader } from './message-header.js';
import { RepeatedPeers } from './repeated-peers.js';

/** One message of a page with its exact bytes. */
export interface PageMessage {
  /** Undefined if this client cannot read it. */
  readonly message: Api.TypeMessage | undefined;
  /** Boxed TL bytes, sharing memory with the page. */
  readonly raw: Buffer;
  /** The header, also of an unreadable message. `id` is 0 if not even that can be read. */
  readonly header: MessageHeader;
}

/** An answer of `messages.getHistory` or `getMessages`. */
export interface MessagePage {
  /** In the server's order: newest first in a history. */
  readonly messages: readonly PageMessage[];
  readonly users: readonly Api.TypeUser[];
  readonly chats: readonly Api.TypeChat[];
  /** Number of messages in the whole history, as the server counts them. */
  readonly totalCount: number;
  /** The total in the answer. Absent if the answer has none and `totalCount` is only the length of this page. */
  readonly announcedCount?: number;
}

const VECTOR = 0x1cb5c415;
const EMPTY: MessagePage = { messages: [], users: [], chats: [], totalCount: 0 };
/** An unknown message with more places that look like its end was crafted. */
const MAX_ATTEMPTS = 1000;
/** How many times the bytes of a page may be searched for the end of a message. */
const MAX_PASSES = 4;

export interface ReadPageOptions {
  /** The number of requested messages. */
  readonly maxMessages: number;
  /** Shared by the pages of one history, so that users and chats of several pages are the same objects. */
  readonly peers?: RepeatedPeers;
}

/**
 * Reads a page as gramjs does, but keeps the bytes of each message. After a message with an unknown constructor, it
 * finds the next message by its header and continues there.
 *
 * @throws {ChatferryError} `UNDECODABLE` if a message cannot be separated from the next one; request fewer then, as a
 *   page of one message can always be read. `IMPLAUSIBLE_ANSWER` if the answer has more messages than requested, or is
 *   one that no server of Telegram would send.
 */
export function readMessagePage(reader: BinaryReader, options: ReadPageOptions): MessagePage {
  return new PageReading(reader, options).read();
}

class PageReading {
  readonly #reader: BinaryReader;
  readonly #bytes: Buffer;
  readonly #options: ReadPageOptions;
  readonly #check: AnswerCheck;
  readonly #peers: RepeatedPeers;
  /** Whether an unknown object came before. From then on, the start of the next object is a guess. */
  #isGuessing = false;
  #attempts = 0;
  #searchedBytes = 0;

  constructor(reader: BinaryReader, options: ReadPageOptions) {
    this.#reader = reader;
    this.#bytes = reader.getBuffer();
    this.#options = options;
    this.#check = new AnswerCheck(this.#bytes);
    this.#peers = options.peers ?? new RepeatedPeers();
  }

  read(): MessagePage {
    const reader = this.#reader;
    if (this.#bytes.length < 4) throw refused('it is truncated');
    const form = reader.readInt(false);
    if (form === Api.messages.MessagesNotModified.CONSTRUCTOR_ID) return EMPTY;
    const announcedCount = this.#readForm(form);
    const count = this.#readCount();
    const messages: PageMessage[] = [];
    for (let remaining = count - 1; remaining >= 0; remaining -= 1) messages.push(this.#readMessage(remaining));
    if (form === Api.messages.ChannelMessages.CONSTRUCTOR_ID) this.#readList(TOPICS);
    const chats = this.#readList(CHATS) as Api.TypeChat[];
    const users = this.#readList(USERS) as Api.TypeUser[];
    return {
      messages,
      chats,
      users,
      totalCount: announcedCount ?? count,
      ...(announcedCount === undefined ? {} : { announcedCount }),
    };
  }

  /** Reads the fields before the messages. `messages.messages` has none. */
  #readForm(form: number): number | undefined {
    if (form === Api.messages.Messages.CONSTRUCTOR_ID) return undefined;
    const reader = this.#reader;
    const isSlice = form === Api.messages.MessagesSlice.CONSTRUCTOR_ID;
    if (!isSlice && form !== Api.messages.ChannelMessages.CONSTRUCTOR_ID) {
      throw new ChatferryError('UNDECODABLE', `Telegram sent messages in an unknown format (${form.toString(16)}).`);
    }
    if (this.#bytes.length < MAX_FORM_BYTES) throw refused('it is truncated');
    const flags = reader.readInt();
    if (!isSlice) reader.readInt(); // pts
    const count = reader.readInt();
    if (isSlice && (flags & 1) !== 0) reader.readInt(); // next_rate
    if ((flags & 4) !== 0) reader.readInt(); // offset_id_offset
    if (count < 0) throw refused(`it counts ${count} messages in total`);
    return count;
  }

  #readCount(): number {
    const { maxMessages } = this.#options;
    const position = this.#reader.tellPosition();
    const count = this.#check.countAt(position);
    if (count === undefined) throw faultError(METHOD_TEXT, this.#check.fault);
    if (count > maxMessages) throw refused(`it has ${count} messages where ${maxMessages} were requested`);
    this.#reader.setPosition(position + 8);
    return count;
  }

  #readMessage(remaining: number): PageMessage {
    const reader = this.#reader;
    const bytes = this.#bytes;
    const start = reader.tellPosition();
    const end = this.#endOf(start, 'Message');
    if (end !== undefined) {
      const message = reader.tgReadObject() as Api.TypeMessage;
      reader.setPosition(end);
      return { message, raw: bytes.subarray(start, end), header: { id: message.id, dateMs: 0 } };
    }
    if (isVectorAt(bytes, start)) throw endNotFound(); // Two unreadable messages before this one were read as one.
    this.#isGuessing = true;
    const header = headerAt(bytes, start) ?? { id: 0, dateMs: 0 };
    const next = remaining === 0 ? this.#nextList(start) : this.#nextMessage(start);
    reader.setPosition(next);
    return { message: undefined, raw: bytes.subarray(start, next), header };
  }

  /**
   * The end of a value that can be read. Undefined if it contains something unknown.
   *
   * @throws {ChatferryError} `IMPLAUSIBLE_ANSWER` if the bytes are certainly no value of this type.
   */
  #endOf(start: number, type: string): number | undefined {
    const end = this.#check.endOf(start, type);
    if (end !== undefined) return end;
    const { fault } = this.#check;
    const mayBeUnknown = fault.kind === 'unknown' || (fault.kind === 'broken' && this.#isGuessing);
    if (!mayBeUnknown) throw faultError(METHOD_TEXT, fault);
    return undefined;
  }

  /** The start of the next message. All TL values are aligned to 4 bytes. */
  #nextMessage(start: number): number {
    const bytes = this.#bytes;
    for (let position = start + 8; position + 4 <= bytes.length; position += 4) {
      if (isHeaderAt(bytes, position)) return position;
    }
    throw new ChatferryError(
      'UNDECODABLE',
      'The end of a message of an unknown type cannot be found, so the next message cannot be read.',
    );
  }

  /** The start of the list after the last message: the first position from which all users and chats can be read. */
  #nextList(start: number): number {
    for (let position = start + 8; position + 8 <= this.#bytes.length; position += 4) {
      if (isVectorAt(this.#bytes, position) && this.#isFollowedByPeers(position)) return position;
    }
    throw endNotFound();
  }

  /** Entities and buttons are vectors as well. The last message is followed by two or three vectors of known types. */
  #isFollowedByPeers(position: number): boolean {
    this.#attempts += 1;
    if (this.#attempts > MAX_ATTEMPTS || this.#searchedBytes > MAX_PASSES * this.#bytes.length) {
      throw refused('it has a message of an unknown type that was crafted so that its end cannot be found');
    }
    const second = this.#endOfPeers(position);
    return second !== undefined && this.#endOfPeers(second) !== undefined;
  }

  #endOfPeers(start: number): number | undefined {
    const check = new AnswerCheck(this.#bytes);
    const isEmpty = check.countAt(start) === 0;
    const lists = isEmpty ? [CHATS] : [USERS, CHATS, TOPICS];
    for (const list of lists) {
      const end = check.endOf(start, list);
      this.#searchedBytes += check.reached - start;
      if (end !== undefined) return end;
    }
    return undefined;
  }

  /** Reads a list after the messages. If it contains something unknown, only names are lost. */
  #readList(type: string): unknown[] {
    const items: unknown[] = [];
    const bytes = this.#bytes;
    const reader = this.#reader;
    const start = reader.tellPosition();
    const isGuessed = this.#isGuessing || start === bytes.length;
    if (!isVectorAt(bytes, start) && isGuessed) return items;
    const count = this.#check.countAt(start);
    if (count === undefined || !this.#check.affordsList(count)) {
      throw faultError(METHOD_TEXT, this.#check.fault);
    }
    reader.setPosition(start + 8);
    for (let index = 0; index < count; index += 1) {
      const position = reader.tellPosition();
      const known = this.#peers.recall(reader);
      if (known !== undefined) {
        items.push(known);
        continue;
      }
      const end = this.#endOf(position, type.slice(VECTOR_OF.length, -1));
      if (end === undefined) {
        this.#isGuessing = true;
        reader.setPosition(bytes.length);
        return items;
      }
      items.push(type === TOPICS ? reader.tgReadObject() : this.#peers.read(reader));
      reader.setPosition(end);
    }
    return items;
  }
}

/** Several methods return pages, so error messages name none of them. */
const METHOD_TEXT = 'a request for messages';
const VECTOR_OF = 'Vector<';
const TOPICS = 'Vector<ForumTopic>';
const CHATS = 'Vector<Chat>';
const USERS = 'Vector<User>';
/** The size of `messages.channelMessages` up to the messages, with all optional fields. */
const MAX_FORM_BYTES = 20;

function isVectorAt(bytes: Buffer, position: number): boolean {
  return position + 8 <= bytes.length && bytes.readUInt32LE(position) === VECTOR;
}

function endNotFound(): ChatferryError {
  return new ChatferryError('UNDECODABLE', 'The end of a message of an unknown type cannot be found.');
}

function refused(what: string): ChatferryError {
  return refusedAnswer(METHOD_TEXT, what);
}
