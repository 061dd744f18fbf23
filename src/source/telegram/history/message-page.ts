import { Api } from 'telegram';
import type { BinaryReader } from 'telegram/extensions/index.js';

import { ChatferryError } from '../../../errors/chatferry-error.js';
import { AnswerCheck } from '../wire/answers/answer-check.js';
import { faultError, refusedAnswer } from '../wire/answers/refused-answer.js';
import { headerAt, isHeaderAt, type MessageHeader } from './message-header.js';
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
/** An unknown message with more lookalikes of its end than that was made to have them. */
const MOST_ATTEMPTS = 1000;
/** How often the bytes of a page may be gone through in search of an end. */
const MOST_PASSES = 4;

export interface ReadPageOptions {
  /** How many messages were asked for. */
  readonly mostMessages: number;
  /** Of one history: people and chats that come again in the next page are the same objects there. */
  readonly peers?: RepeatedPeers;
}

/**
 * Reads a page as gramjs would, but keeps the bytes of each message, and goes on behind a message that holds a
 * constructor this client does not know: the next message is found by its header.
 *
 * @throws {ChatferryError} `UNDECODABLE` when a message cannot be told from the next; ask for fewer then. A page of one
 *   message is always read. `IMPLAUSIBLE_ANSWER` when more came than was asked for, or what no server of Telegram makes.
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
  /** Whether something unknown came before: where the next thing begins is a guess from then on. */
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
    if (this.#bytes.length < 4) throw refused('it is cut off');
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

  /** The fields before the messages: `messages.messages` has none. */
  #readForm(form: number): number | undefined {
    if (form === Api.messages.Messages.CONSTRUCTOR_ID) return undefined;
    const reader = this.#reader;
    const isSlice = form === Api.messages.MessagesSlice.CONSTRUCTOR_ID;
    if (!isSlice && form !== Api.messages.ChannelMessages.CONSTRUCTOR_ID) {
      throw new ChatferryError('UNDECODABLE', `Telegram sent messages in an unknown form (${form.toString(16)}).`);
    }
    if (this.#bytes.length < LONGEST_FORM_BYTES) throw refused('it is cut off');
    const flags = reader.readInt();
    if (!isSlice) reader.readInt(); // pts
    const count = reader.readInt();
    if (isSlice && (flags & 1) !== 0) reader.readInt(); // next_rate
    if ((flags & 4) !== 0) reader.readInt(); // offset_id_offset
    if (count < 0) throw refused(`it counts ${count} messages in all`);
    return count;
  }

  #readCount(): number {
    const { mostMessages } = this.#options;
    const position = this.#reader.tellPosition();
    const count = this.#check.countAt(position);
    if (count === undefined) throw faultError('a question for messages', this.#check.fault);
    if (count > mostMessages) throw refused(`it has ${count} messages where ${mostMessages} were asked for`);
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
    if (isVectorAt(bytes, start)) throw hidden(); // Two unreadable messages before this were taken for one.
    this.#isGuessing = true;
    const header = headerAt(bytes, start) ?? { id: 0, dateMs: 0 };
    const next = remaining === 0 ? this.#nextList(start) : this.#nextMessage(start);
    reader.setPosition(next);
    return { message: undefined, raw: bytes.subarray(start, next), header };
  }

  /**
   * Where a value ends that can be read; undefined when something unknown is in it.
   *
   * @throws {ChatferryError} `IMPLAUSIBLE_ANSWER` when it is none, as far as that can be told.
   */
  #endOf(start: number, type: string): number | undefined {
    const end = this.#check.endOf(start, type);
    if (end !== undefined) return end;
    const { fault } = this.#check;
    const mayBeUnknown = fault.kind === 'unknown' || (fault.kind === 'broken' && this.#isGuessing);
    if (!mayBeUnknown) throw faultError('a question for messages', fault);
    return undefined;
  }

  /** Where the next message begins: everything in TL is aligned to 4 bytes. */
  #nextMessage(start: number): number {
    const bytes = this.#bytes;
    for (let position = start + 8; position + 4 <= bytes.length; position += 4) {
      if (isHeaderAt(bytes, position)) return position;
    }
    throw new ChatferryError(
      'UNDECODABLE',
      'A message of a kind unknown to this client hides where the next one begins.',
    );
  }

  /** Where the list behind the last message begins: the first of people and chats that can be read whole. */
  #nextList(start: number): number {
    for (let position = start + 8; position + 8 <= this.#bytes.length; position += 4) {
      if (isVectorAt(this.#bytes, position) && this.#isFollowedByPeers(position)) return position;
    }
    throw hidden();
  }

  /** Entities and buttons are vectors too; behind the last message stand two or three vectors of known things. */
  #isFollowedByPeers(position: number): boolean {
    this.#attempts += 1;
    if (this.#attempts > MOST_ATTEMPTS || this.#searchedBytes > MOST_PASSES * this.#bytes.length) {
      throw refused('a message of an unknown kind in it is made so that its end cannot be found');
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

  /** A list behind the messages: only names are lost where something in it is unknown. */
  #readList(type: string): unknown[] {
    const items: unknown[] = [];
    const bytes = this.#bytes;
    const reader = this.#reader;
    const start = reader.tellPosition();
    const isGuessed = this.#isGuessing || start === bytes.length;
    if (!isVectorAt(bytes, start) && isGuessed) return items;
    const count = this.#check.countAt(start);
    if (count === undefined || !this.#check.affordsList(count)) {
      throw faultError('a question for messages', this.#check.fault);
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

const VECTOR_OF = 'Vector<';
const TOPICS = 'Vector<ForumTopic>';
const CHATS = 'Vector<Chat>';
const USERS = 'Vector<User>';
/** `messages.channelMessages` with its id and all that may stand before the messages. */
const LONGEST_FORM_BYTES = 20;

function isVectorAt(bytes: Buffer, position: number): boolean {
  return position + 8 <= bytes.length && bytes.readUInt32LE(position) === VECTOR;
}

function hidden(): ChatferryError {
  return new ChatferryError('UNDECODABLE', 'A message of a kind unknown to this client hides where it ends.');
}

function refused(what: string): ChatferryError {
  return refusedAnswer('a question for messages', what);
}
