import { gzipSync } from 'node:zlib';

import { Api } from 'telegram';
import { afterEach, describe, expect, it } from 'vitest';

import { AnswerCheck } from '../../../../src/source/telegram/wire/answers/answer-check.js';
import { readMessagePage } from '../../../../src/source/telegram/history/message-page.js';
import {
  errorIn,
  readServerMessage,
  unpackAnswer,
} from '../../../../src/source/telegram/wire/packets/server-message.js';
import { TlReader } from '../../../../src/source/telegram/wire/packets/tl-reader.js';
import { addGroup, emptyWorld, neverAborted, SimulatedTelegram } from '../simulated-telegram.js';

const signal = neverAborted();
const VECTOR = int(0x1cb5c415);
const IMPLAUSIBLE = expect.objectContaining({ code: 'IMPLAUSIBLE_ANSWER' }) as Error;

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

function idOf({ CONSTRUCTOR_ID }: { readonly CONSTRUCTOR_ID: number }): Buffer {
  return int(CONSTRUCTOR_ID);
}

function many(count: number, bytes: Buffer): Buffer {
  return Buffer.alloc(count * bytes.length, bytes);
}

/** Of this process: what else the machine does counts for nothing. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const EMPTY_MESSAGE = Buffer.concat([idOf(Api.MessageEmpty), int(0), int(5)]);
const EMPTY_USER = Buffer.concat([idOf(Api.UserEmpty), int(1), int(0)]);
const NOBODY = Buffer.concat([VECTOR, int(0), VECTOR, int(0)]);

function page(count: number, messages: Buffer, behind: Buffer = NOBODY): Buffer {
  return Buffer.concat([idOf(Api.messages.Messages), VECTOR, int(count), messages, behind]);
}

function read(bytes: Buffer, maxMessages = 100): ReturnType<typeof readMessagePage> {
  return readMessagePage(new TlReader(bytes), { maxMessages });
}

/** gzip_packed as it stands in an answer. */
function gzipPacked(bytes: Buffer): Buffer {
  const packed = gzipSync(bytes);
  const padding = Buffer.alloc((4 - (packed.length % 4)) % 4);
  const head = Buffer.from([254, packed.length & 255, (packed.length >> 8) & 255, packed.length >> 16]);
  return Buffer.concat([int(0x3072cfa1), head, packed, padding]);
}

describe('the check of an answer', () => {
  it('ends where gramjs ends, for every kind of field', () => {
    const objects = [
      new Api.User({ id: 7n as never, bot: true, botInfoVersion: 1, firstName: 'x'.repeat(300), langCode: 'en' }),
      new Api.Message({
        id: 9,
        peerId: new Api.PeerUser({ userId: 4n as never }),
        date: 5,
        message: 'ä',
        entities: [new Api.MessageEntityBold({ offset: 0, length: 1 })],
        media: new Api.MessageMediaGeo({
          geo: new Api.GeoPoint({ long: 1.5, lat: 2.5, accessHash: 3n as never, accuracyRadius: 9 }),
        }),
      }),
      new Api.messages.ChatFull({
        fullChat: new Api.ChatFull({
          id: 1n as never,
          about: '',
          participants: new Api.ChatParticipantsForbidden({ chatId: 1n as never }),
          notifySettings: new Api.PeerNotifySettings({ showPreviews: true, silent: false }),
        }),
        chats: [],
        users: [],
      }),
      new Api.CdnConfig({ publicKeys: [new Api.CdnPublicKey({ dcId: 203, publicKey: 'pem' })] }),
    ];
    for (const object of objects) {
      const bytes = Buffer.concat([object.getBytes(), Buffer.from('behind it')]);
      const reader = new TlReader(bytes);
      reader.tgReadObject();
      expect(new AnswerCheck(bytes).endOf(0, object.className)).toBe(reader.tellPosition());
    }
  });

  it('refuses truncated bytes, cut at any position', () => {
    const whole = new Api.CdnConfig({
      publicKeys: [new Api.CdnPublicKey({ dcId: 203, publicKey: 'a key' })],
    }).getBytes();
    expect(new AnswerCheck(whole).endOf(0, 'CdnConfig')).toBe(whole.length);
    for (let length = 0; length < whole.length; length += 1) {
      expect(new AnswerCheck(whole.subarray(0, length)).endOf(0, 'CdnConfig')).toBeUndefined();
    }
  });

  it.each([
    ['an object of another type', EMPTY_USER, 'a User instead of a Message'],
    ['a list of more elements than bytes', Buffer.concat([VECTOR, int(0x7fffffff)]), '2147483647 elements in 0 bytes'],
    ['a list of fewer than none', Buffer.concat([VECTOR, int(-1)]), '-1 elements'],
  ])('refuses %s', (_, bytes, what) => {
    const check = new AnswerCheck(bytes);
    expect(check.endOf(0, what.includes('elements') ? 'Vector<User>' : 'Message')).toBeUndefined();
    expect(check.fault).toMatchObject({ kind: 'broken', what: expect.stringContaining(what) as string });
  });

  it('refuses texts that are nested too deeply and too many objects, before any is created', () => {
    const deep = new AnswerCheck(many(100_000, idOf(Api.TextBold)));
    expect(deep.endOf(0, 'RichText')).toBeUndefined();
    expect(deep.fault).toMatchObject({ kind: 'costly', what: expect.stringContaining('nested') as string });
    const count = 1_000_000;
    const started = cpuMs();
    const wide = new AnswerCheck(Buffer.concat([VECTOR, int(count), many(count, EMPTY_USER)]));
    expect(wide.endOf(0, 'Vector<User>')).toBeUndefined();
    expect(wide.fault.kind).toBe('costly');
    expect(cpuMs() - started).toBeLessThan(1000);
  });
});

describe('a page of messages', () => {
  it('is refused if it has more messages than requested, or an impossible count', () => {
    expect(read(page(2, many(2, EMPTY_MESSAGE)), 2).messages).toHaveLength(2);
    expect(() => read(page(3, many(3, EMPTY_MESSAGE)), 2)).toThrow('3 messages where 2 were requested');
    expect(() => read(page(5_000_000, EMPTY_MESSAGE))).toThrow(IMPLAUSIBLE);
    const slice = Buffer.concat([idOf(Api.messages.MessagesSlice), int(0), int(-5), VECTOR, int(0), NOBODY]);
    expect(() => read(slice)).toThrow('-5 messages');
  });

  it('is refused if it has more users than any page', () => {
    const users = Buffer.concat([VECTOR, int(0), VECTOR, int(500_000), many(500_000, EMPTY_USER)]);
    expect(() => read(page(1, EMPTY_MESSAGE, users))).toThrow(IMPLAUSIBLE);
  });

  it.each([
    ['heads of lists that hold nothing', many(500_000, Buffer.concat([VECTOR, int(0x7ffffff0)]))],
    ['heads of lists that nest', many(500_000, Buffer.concat([VECTOR, int(1)]))],
    ['lists of people that end in noise', many(20_000, Buffer.concat([VECTOR, int(9), many(8, EMPTY_USER), int(7)]))],
    ['beginnings of messages', many(300_000, EMPTY_MESSAGE)],
    ['nothing at all', Buffer.alloc(8_000_000)],
  ])('ends its search after an unknown message within a second, also among %s', (_, noise) => {
    const started = cpuMs();
    const unknown = Buffer.concat([int(0xdeadbeef), int(0), int(5), noise]);
    for (const count of [1, 2]) {
      try {
        read(page(count, unknown));
      } catch (error) {
        expect(error).toMatchObject({ name: 'ChatferryError' });
      }
    }
    expect(cpuMs() - started).toBeLessThan(2000);
  });
});

describe('a packet of the server', () => {
  const container = (count: number, ...messages: readonly Buffer[]): Buffer =>
    Buffer.concat([int(0x73f1f8dc), int(count), ...messages]);
  const inner = (body: Buffer, length = body.length): Buffer =>
    Buffer.concat([Buffer.alloc(8), int(1), int(length), body]);

  it('is refused if its container is truncated, endless or runs backwards', () => {
    const message = inner(int(7));
    expect(readServerMessage(container(1, message))).toMatchObject({ messages: [{}] });
    for (const count of [2, 1021, -1, 0x7fffffff]) {
      expect(() => readServerMessage(container(count, message))).toThrow('container');
    }
    for (const length of [-16, -1, 0, 8, 0x7fffffff]) {
      expect(() => readServerMessage(container(1, inner(int(7), length)))).toThrow('container');
    }
  });

  it('is not read as a container inside a container', () => {
    let nested = container(1, inner(int(7)));
    for (let depth = 0; depth < 10_000; depth += 1)
      nested = inner(nested).length > 200_000 ? nested : container(1, inner(nested));
    expect(readServerMessage(nested)).toMatchObject({ messages: [{ obj: { CONSTRUCTOR_ID: 0 } }] });
  });

  it('is decompressed up to the limit of an answer, and only once', () => {
    expect(() => unpackAnswer(gzipPacked(Buffer.alloc(17 * 1024 * 1024)))).toThrow('larger than');
    expect(() => unpackAnswer(gzipPacked(gzipPacked(Buffer.alloc(16))))).toThrow('compressed twice');
    expect(() => unpackAnswer(int(0x3072cfa1))).toThrow('truncated');
    expect(() => unpackAnswer(Buffer.concat([int(0x3072cfa1), Buffer.from([3, 1, 2, 3])]))).toThrow(Error);
  });

  it('has an error text of one line of plain letters', () => {
    const errorOf = (errorMessage: string): string | undefined =>
      errorIn(new Api.RpcError({ errorCode: 400, errorMessage }).getBytes())?.errorMessage;
    expect(errorOf('FILE_REFERENCE_EXPIRED')).toBe('FILE_REFERENCE_EXPIRED');
    expect(errorOf('A'.repeat(100_000))).toMatch(/^A{256}…$/);
    expect(errorOf('\u001b[2JX\nerror: fine\u202e\u009b31m')).toBe('\ufffd[2JX\ufffderror: fine\ufffd\ufffd31m');
    expect(errorIn(int(0x2144ca19))).toMatchObject({ errorMessage: 'UNREADABLE_ERROR' });
    expect(errorIn(int(5))).toBeUndefined();
  });
});

describe('a client', () => {
  let telegram: SimulatedTelegram | undefined;
  afterEach(() => telegram?.[Symbol.asyncDispose]());

  it.each([true, false])('refuses the same answers with the fast path %s', async (fastPath) => {
    const world = emptyWorld();
    addGroup(world, 3);
    telegram = await SimulatedTelegram.start(world);
    const client = await telegram.openClient({ fastPath });
    const ask = (bytes: Buffer): Promise<unknown> => {
      telegram?.simulator.setNetwork({
        fault: ({ method }) => (method === 'users.getUsers' ? { answer: { _: '#raw', bytes } } : undefined),
      });
      return client.invoke(new Api.users.GetUsers({ id: [new Api.InputUserSelf()] }), { signal });
    };
    await expect(ask(Buffer.concat([VECTOR, int(1), EMPTY_USER]))).resolves.toHaveLength(1);
    await expect(ask(Buffer.concat([VECTOR, int(2), many(2, EMPTY_USER)]))).rejects.toThrow('a list of 2 where 1');
    await expect(ask(Buffer.concat([VECTOR, int(-1)]))).rejects.toThrow(IMPLAUSIBLE);
    await expect(ask(Buffer.concat([VECTOR, int(1), many(1_000_000, idOf(Api.TextBold))]))).rejects.toThrow(
      'a RichText instead of a User',
    );
    await expect(ask(gzipPacked(gzipPacked(Buffer.alloc(100))))).rejects.toThrow('compressed twice');
    const refusal = new Api.RpcError({ errorCode: 400, errorMessage: 'A'.repeat(5000) }).getBytes();
    await expect(ask(gzipPacked(refusal))).rejects.toMatchObject({ code: 'REMOTE_ERROR' });
    await expect(ask(Buffer.alloc(40_000_000))).rejects.toThrow('cannot be unpacked');
    await expect(ask(Buffer.concat([VECTOR, int(1), EMPTY_USER]))).resolves.toHaveLength(1);
  });
});
