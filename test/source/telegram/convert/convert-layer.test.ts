import { Api } from 'telegram';
import { describe, expect, it } from 'vitest';

import { convertChat, convertSender } from '../../../../src/source/telegram/convert/convert-chat.js';
import { constructorsOf, convert, message, overTheWire, sample, service, type Fill } from './convert-samples.js';

/** What is no value of the domain: nulls, undefineds and objects of gramjs, wherever they hide. */
function strangers(value: unknown, path = ''): string[] {
  if (value === null || value === undefined) {
    return [`${path} is ${String(value)}`];
  }
  if (typeof value !== 'object') {
    return typeof value === 'bigint' || typeof value === 'function' ? [`${path} is a ${typeof value}`] : [];
  }
  if (value instanceof Uint8Array) {
    return [];
  }
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) {
    return [`${path} is a ${value.constructor.name}`];
  }
  return Object.entries(value).flatMap(([key, child]) => strangers(child, `${path}.${key}`));
}

const fills: readonly Fill[] = ['sparse', 'full'];
const each = (type: string): [string, Fill][] =>
  constructorsOf(type).flatMap((name) => fills.map((fill): [string, Fill] => [name, fill]));

/** Converts an object as constructed and as read off the wire; both must say the same, in words of the domain. */
function expectPlainAndEqual(built: Api.TypeMessage): void {
  const converted = convert(built);
  expect(strangers(converted)).toEqual([]);
  expect(convert(overTheWire(built))).toEqual(converted);
}

describe('every constructor of the layer', () => {
  it('is found in the schema', () => {
    expect(constructorsOf('MessageMedia').length).toBeGreaterThanOrEqual(17);
    expect(constructorsOf('MessageAction').length).toBeGreaterThanOrEqual(48);
    expect(constructorsOf('MessageEntity').length).toBeGreaterThanOrEqual(21);
  });

  it.each(each('MessageMedia'))('MessageMedia %s converts (%s)', (name, fill) => {
    expectPlainAndEqual(message({ media: sample(name, fill) }));
  });

  it.each(each('MessageAction'))('MessageAction %s converts (%s)', (name, fill) => {
    const raw = service(sample(name, fill) as unknown as Api.TypeMessageAction);
    expectPlainAndEqual(raw);
    const { service: converted } = convert(raw);
    const wordless = name === 'MessageActionEmpty' || name === 'MessageActionStarGiftUnique';
    expect(converted?.action === 'other').toBe(wordless);
  });

  it.each(each('MessageEntity'))('MessageEntity %s converts (%s)', (name, fill) => {
    const raw = message({ message: 'a text that is long enough', entities: [sample(name, fill)] });
    expectPlainAndEqual(raw);
    const kind = convert(raw).text.entities[0]?.kind;
    expect(kind === 'unknown').toBe(name === 'MessageEntityUnknown');
  });

  it.each([...each('WebPage'), ...each('Game')])('%s converts inside its medium (%s)', (name, fill) => {
    const inner = sample(name, fill);
    const media =
      name === 'Game'
        ? new Api.MessageMediaGame({ game: inner as unknown as Api.TypeGame })
        : new Api.MessageMediaWebPage({ webpage: inner as unknown as Api.TypeWebPage });
    expectPlainAndEqual(message({ media }));
  });

  it.each(each('KeyboardButton').filter(([name]) => !name.startsWith('Input')))('%s converts (%s)', (name, fill) => {
    const rows = [new Api.KeyboardButtonRow({ buttons: [sample(name, fill) as unknown as Api.TypeKeyboardButton] })];
    expectPlainAndEqual(message({ replyMarkup: new Api.ReplyInlineMarkup({ rows }) }));
  });

  it.each([...each('MessageReplyHeader'), ...each('ReplyMarkup')])('%s converts (%s)', (name, fill) => {
    const field = name.startsWith('MessageReply') ? 'replyTo' : 'replyMarkup';
    expectPlainAndEqual(message({ [field]: sample(name, fill) }));
  });

  it.each(fills)('a whole message converts (%s)', (fill) => {
    expectPlainAndEqual(sample('Message', fill));
    expectPlainAndEqual(sample('MessageService', fill));
  });

  it.each([...each('User'), ...each('Chat')])('%s converts as chat and as sender (%s)', (name, fill) => {
    const peer = sample(name, fill) as unknown as Api.TypeUser | Api.TypeChat;
    const wired = overTheWire(peer);
    expect(strangers(convertSender(peer) ?? {})).toEqual([]);
    expect(strangers(convertChat(peer, { selfId: '1' }))).toEqual([]);
    expect(convertSender(wired)).toEqual(convertSender(peer));
    expect(convertChat(wired, { selfId: '1' })).toEqual(convertChat(peer, { selfId: '1' }));
  });
});

describe('a constructor that is newer than the layer', () => {
  const stranger = (className: string): never => ({ className, offset: 0, length: 1 }) as never;

  it('becomes an entity of unknown kind', () => {
    const { text } = convert(message({ message: 'a', entities: [stranger('MessageEntityNew')] }));
    expect(text.entities).toEqual([{ kind: 'unknown', offset: 0, length: 1 }]);
  });

  it('becomes an action named after it, even when the name is one that every object has', () => {
    for (const className of ['MessageActionNew', 'constructor', '__proto__']) {
      expect(convert(service(stranger(className))).service).toEqual({ action: 'other', constructorName: className });
    }
  });

  it('does not affect the rest of a message with such media', () => {
    const converted = convert(message({ message: 'caption', media: stranger('MessageMediaNew') }));
    expect(converted).toMatchObject({ kind: 'message', media: [], text: { text: 'caption' } });
  });
});
