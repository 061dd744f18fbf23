import bigInt from 'big-integer';
import { Api } from 'telegram';
import { describe, expect, it } from 'vitest';

import { type MessagePage, readMessagePage } from '../../../../src/source/telegram/history/message-page.js';
import { TlReader } from '../../../../src/source/telegram/wire/packets/tl-reader.js';

function read(reader: TlReader, maxMessages = 100): MessagePage {
  return readMessagePage(reader, { maxMessages });
}

const PEER = new Api.PeerChannel({ channelId: bigInt(77) });
const USER = new Api.User({ id: bigInt(42), firstName: 'Ada', accessHash: bigInt('-9007199254740995') });
const UNKNOWN = Buffer.from([0xef, 0xbe, 0xad, 0xde]);

function text(id: number, fields: Partial<Api.Message['originalArgs']> = {}): Api.Message {
  return new Api.Message({ id, peerId: PEER, date: 1_700_000_000 + id, message: `text ${id}`, ...fields });
}

function service(id: number): Api.MessageService {
  const action = new Api.MessageActionChatEditTitle({ title: 'new title' });
  return new Api.MessageService({ id, peerId: PEER, date: 1_700_000_000 + id, action });
}

/** A message whose media are of a constructor that nobody knows. */
function withUnknownMedia(id: number): Buffer {
  const media = new Api.MessageMediaGeo({ geo: new Api.GeoPointEmpty() });
  const fromId = new Api.PeerUser({ userId: bigInt(42) });
  const bytes = text(id, { media, fromId, entities: [new Api.MessageEntityBold({ offset: 0, length: 4 })] }).getBytes();
  const at = bytes.indexOf(tlId(media));
  return Buffer.concat([bytes.subarray(0, at), UNKNOWN, bytes.subarray(at + 4)]);
}

/** A message of a constructor that nobody knows. */
function unknownMessage(id: number): Buffer {
  return Buffer.concat([UNKNOWN, text(id).getBytes().subarray(4)]);
}

function tlId({ CONSTRUCTOR_ID }: { CONSTRUCTOR_ID: number }): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(CONSTRUCTOR_ID);
  return bytes;
}

function vector(items: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(0x1cb5c415);
  head.writeInt32LE(items.length, 4);
  return Buffer.concat([head, ...items]);
}

function pageOf(messages: readonly Buffer[], users: readonly Buffer[] = [USER.getBytes()]): TlReader {
  const form = Buffer.concat([
    tlId(new Api.messages.Messages({ messages: [], chats: [], users: [] })),
    vector(messages),
  ]);
  // What stands behind an answer in gramjs's buffer is padding or the next message: noise to the page.
  return new TlReader(Buffer.concat([form, vector([]), vector(users), Buffer.from('noise behind it!')]));
}

const FORMS = {
  'messages.messages': (messages: Api.TypeMessage[]) =>
    new Api.messages.Messages({ messages, chats: [], users: [USER] }),
  'messages.messagesSlice': (messages: Api.TypeMessage[]) =>
    new Api.messages.MessagesSlice({ count: 9, nextRate: 5, offsetIdOffset: 7, messages, chats: [], users: [USER] }),
  'messages.channelMessages': (messages: Api.TypeMessage[]) =>
    new Api.messages.ChannelMessages({
      pts: 1,
      count: 9,
      offsetIdOffset: 7,
      messages,
      topics: [],
      chats: [],
      users: [USER],
    }),
};

describe('a page of messages', () => {
  it.each(Object.entries(FORMS))('%s is read with the exact bytes of each message', (_, form) => {
    const messages = [text(9), service(8), new Api.MessageEmpty({ id: 7 })];
    const page = read(new TlReader(form(messages).getBytes()));
    expect(page.messages.map(({ header }) => header.id)).toEqual([9, 8, 7]);
    expect(page.messages.map(({ raw }) => raw.toString('hex'))).toEqual(
      messages.map((message) => message.getBytes().toString('hex')),
    );
    expect(page.users.map(({ id }) => id.toString())).toEqual(['42']);
    expect((page.users[0] as Api.User).accessHash?.toString()).toBe('-9007199254740995');
  });

  it('is empty when nothing was modified', () => {
    const page = read(new TlReader(new Api.messages.MessagesNotModified({ count: 3 }).getBytes()));
    expect(page.messages).toEqual([]);
  });

  it.each([0, 1, 2])('keeps a message with unknown content at place %i, and reads all others', (place) => {
    const bytes = [text(9).getBytes(), service(8).getBytes(), text(7).getBytes()];
    bytes[place] = withUnknownMedia(9 - place);
    const page = read(pageOf(bytes));
    expect(page.messages.map(({ header }) => header.id)).toEqual([9, 8, 7]);
    expect(page.messages.map(({ message }) => message === undefined)).toEqual(
      [0, 1, 2].map((index) => index === place),
    );
    expect(page.messages.map(({ raw }) => raw.toString('hex'))).toEqual(bytes.map((one) => one.toString('hex')));
    expect(page.messages[place]?.header.dateMs).toBe((1_700_000_000 + 9 - place) * 1000);
    expect(page.users).toHaveLength(1);
  });

  it('keeps several unknown contents in a row', () => {
    const bytes = [9, 8, 7].map(withUnknownMedia);
    const page = read(pageOf(bytes));
    expect(page.messages.map(({ header }) => header.id)).toEqual([9, 8, 7]);
    expect(page.messages.map(({ raw }) => raw.length)).toEqual(bytes.map(({ length }) => length));
  });

  it('keeps a message of an unknown constructor without an id', () => {
    const bytes = [text(9).getBytes(), unknownMessage(8), text(7).getBytes()];
    const page = read(pageOf(bytes));
    expect(page.messages.map(({ header }) => header.id)).toEqual([9, 0, 7]);
    expect(page.messages[1]?.raw.equals(bytes[1] ?? UNKNOWN)).toBe(true);
  });

  it('fails if it cannot separate two messages of unknown constructors', () => {
    const undecodable = expect.objectContaining({ code: 'UNDECODABLE' }) as Error;
    const row = [unknownMessage(9), unknownMessage(8)];
    expect(() => read(pageOf(row))).toThrow(undecodable);
    expect(() => read(pageOf([...row, text(7).getBytes()]))).toThrow(undecodable);
  });

  it('loses only names when a user is of an unknown constructor', () => {
    const page = read(pageOf([text(9).getBytes()], [USER.getBytes(), UNKNOWN]));
    expect(page.messages[0]?.message).toBeInstanceOf(Api.Message);
    expect(page.users).toHaveLength(1);
  });

  it('is refused if it is something else', () => {
    expect(() => read(new TlReader(USER.getBytes()))).toThrow('unknown form');
  });
});
