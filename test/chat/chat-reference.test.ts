import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';

import { messageLinkNote, parseChatReference } from '../../src/chat/chat-reference.js';
import { parsePeerId, peerId, type PeerKind } from '../../src/chat/peer.js';

const self = { kind: 'self' };
const username = (name: string): object => ({ kind: 'username', username: name });
const id = (...candidates: readonly string[]): object => ({ kind: 'id', candidates });

describe('what people write to name a chat', () => {
  it.each([
    ['me', self],
    [' Self ', self],
    ['@harbour_crew', username('harbour_crew')],
    ['t.me/harbour_crew', username('harbour_crew')],
    ['https://t.me/harbour_crew?start=x', username('harbour_crew')],
    ['https://t.me/s/harbour_crew', username('harbour_crew')],
    ['http://telegram.me/harbour_crew/', username('harbour_crew')],
    ['https://www.telegram.dog/Harbour_Crew#top', username('Harbour_Crew')],
    ['harbour.t.me', username('harbour')],
    ['https://t.me/harbour_crew/s/12', username('harbour_crew')], // A story.
    ['tg://resolve?domain=harbour_crew', username('harbour_crew')],
    ['https://t.me/c/1234567890', id('channel1234567890')],
    ['tg://user?id=42', id('user42')],
    [
      'https://web.telegram.org/a/#-1001234567890',
      id('channel1234567890', 'chat1001234567890', 'channel1001234567890'),
    ],
    ['https://web.telegram.org/k/#-4711', id('chat4711', 'channel4711')],
    ['web.telegram.org/k/#@harbour_crew', username('harbour_crew')],
    ['https://web.telegram.org/z/#42', id('user42')],
    ['https://web.telegram.org/#/im?p=c77_8239842', id('channel77')],
    ['https://web.telegram.org/#/im?p=@harbour_crew', username('harbour_crew')],
    ['-1001234567890', id('channel1234567890', 'chat1001234567890')],
    ['-4711', id('chat4711')],
    ['-1001', id('channel1', 'chat1001')],
    ['4711', id('user4711', 'chat4711', 'channel4711')],
    ['channel123', id('channel123')],
    ['User9007199254740993', id('user9007199254740993')],
    ['chat5', id('chat5')],
  ])('%s, and else a chat with that title', (reference, meaning) => {
    const title = reference.trim();
    expect(parseChatReference(reference)).toEqual({
      text: title,
      meanings: [meaning, { kind: 'title', title }],
      isMessageLink: false,
    });
  });

  it.each(['Harbour Crew', 'Экипаж 🚢', 'abc', '1 Harbour', 'user 5', 't.me', '12.5', 'chat-5'])(
    '%s is a title and nothing else',
    (title) => {
      expect(parseChatReference(title).meanings).toEqual([{ kind: 'title', title }]);
    },
  );

  it('a bare word is a title, and else a username', () => {
    expect(parseChatReference('harbour_crew').meanings).toEqual([
      { kind: 'title', title: 'harbour_crew' },
      username('harbour_crew'),
    ]);
  });

  it.each([
    ['https://t.me/harbour_crew/123', username('harbour_crew')],
    ['https://t.me/harbour_crew/123?single', username('harbour_crew')],
    ['https://t.me/harbour_crew/123?comment=9', username('harbour_crew')],
    ['t.me/harbour_crew/12/345', username('harbour_crew')],
    ['https://harbour.t.me/123', username('harbour')],
    ['https://t.me/s/harbour_crew/123', username('harbour_crew')],
    ['https://t.me/c/1234567890/55', id('channel1234567890')],
    ['https://t.me/c/1234567890/12/55?thread=12', id('channel1234567890')],
    ['tg://resolve?domain=harbour_crew&post=3', username('harbour_crew')],
    ['tg://privatepost?channel=77&post=1', id('channel77')],
    ['tg://openmessage?user_id=42&message_id=7', id('user42')],
    ['tg:openmessage?chat_id=42&message_id=7', id('chat42', 'channel42')],
    ['https://web.telegram.org/a/#-10077_12', id('channel77', 'chat10077', 'channel10077')],
  ])('%s leads to a message, and says that it stands for the whole chat', (reference, meaning) => {
    const parsed = parseChatReference(reference);
    expect(parsed.meanings[0]).toEqual(meaning);
    expect(messageLinkNote(parsed)).toBe(`${reference} leads to one message or topic: the whole chat is taken.`);
  });

  it.each(['https://t.me/+AbCdEf123', 't.me/joinchat/AbCdEf', 'tg://join?invite=AbCdEf'])(
    'the invitation %s is refused with what to do, unless a chat is called so',
    (reference) => {
      const parsed = parseChatReference(reference);
      expect(parsed.meanings).toEqual([{ kind: 'title', title: reference }]);
      expect(parsed.refusal).toMatch(/invitation.*Join with a Telegram app/s);
    },
  );

  it.each([
    ['@', 'username'],
    ['@a b', 'username'],
    ['@1name', 'username'],
    ['t.me/abc', 'username'],
    ['t.me/', 'no link to a chat'],
    ['https://t.me/addstickers/Harbour', 'no link to a chat'],
    ['https://t.me/c/harbour/5', 'no link to a chat'],
    ['t.me/+491701234567', 'telephone number'],
    ['tg://settings?x=1', 'no link to a chat'],
    ['tg://resolve?phone=42', 'no link to a chat'],
    ['https://web.telegram.org/a/#', 'no link to a chat'],
  ])('%s is refused as such, unless a chat is called so', (reference, reason) => {
    const parsed = parseChatReference(reference);
    expect(parsed.meanings).toEqual([{ kind: 'title', title: reference }]);
    expect(parsed.refusal).toContain(reference);
    expect(parsed.refusal).toContain(reason);
  });

  it.each(['', '  ', '\n'])('nothing is refused (%j)', (reference) => {
    expect(() => parseChatReference(reference)).toThrow(expect.objectContaining({ code: 'USAGE' }) as Error);
  });

  test.prop([fc.string({ unit: 'grapheme' })])('any other text is understood somehow, a title at least', (text) => {
    fc.pre(text.trim() !== '');
    expect(parseChatReference(text).meanings).toContainEqual({ kind: 'title', title: text.trim() });
  });

  test.prop([fc.constantFrom<PeerKind[]>('user', 'chat', 'channel'), fc.bigInt({ min: 1n, max: (1n << 40n) - 1n })])(
    'every spelling of an id may mean that id',
    (kind, bareId) => {
      const peer = peerId(kind, bareId);
      const marked = { user: `${bareId}`, chat: `-${bareId}`, channel: `-100${bareId}` }[kind];
      const link = { user: 'tg://user?id=', chat: 'tg://openmessage?chat_id=', channel: 't.me/c/' }[kind];
      const web = `https://web.telegram.org/k/#${kind === 'user' ? '' : '-'}${bareId}`;
      for (const spelling of [peer, parsePeerId(peer).id, marked, `${link}${bareId}`, web]) {
        const [meaning] = parseChatReference(spelling).meanings;
        expect(meaning?.kind === 'id' && meaning.candidates).toContain(peer);
      }
    },
  );
});
