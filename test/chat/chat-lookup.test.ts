import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';

import { printableLine } from '../../src/text/printable.js';
import { chatTitle } from '../../src/cli/terminal/progress/progress-lines.js';
import type { Chat } from '../../src/chat/chat.js';
import { chatIdOf } from '../../src/chat/chat-id.js';
import type { PeerId } from '../../src/chat/peer.js';
import { lookUpChat, nearNamesHint } from '../../src/chat/chat-lookup.js';
import { parseChatReference } from '../../src/chat/chat-reference.js';

const chat = (peer: PeerId, title: string, more: Partial<Chat> = {}): Chat => ({
  id: chatIdOf(peer, '7001'),
  peerId: peer,
  kind: 'private',
  title,
  isPublic: false,
  ...more,
});

const ADA = chat('user1', 'Ada', { kind: 'saved-messages', username: 'ada_ferry' });
const BOB = chat('user2', 'Bob', { lastName: 'Ferry' });
const CREW = chat('channel3', 'Harbour Crew', { kind: 'supergroup', username: 'Harbour_Crew', migratedFrom: 'chat9' });
const OLD_CREW = chat('chat9', 'Crew of old', { kind: 'basic-group' });
const YEAR = chat('channel4', '2024', { kind: 'channel' });
const HOME = chat('channel5', '@home', { kind: 'supergroup' });
const ME = chat('channel6', 'me', { kind: 'supergroup' });
const CHAT7 = chat('channel8', 'chat7', { kind: 'supergroup' });
const LINK = chat('channel10', 'https://t.me/+AbC', { kind: 'channel' });
const GONE = chat('user11', '');
const ALL = [ADA, BOB, CREW, YEAR, HOME, ME, CHAT7, LINK, GONE];

const idOf = (reference: string, chats: readonly Chat[] = ALL): string | undefined =>
  lookUpChat(parseChatReference(reference), chats)?.chat.peerId;

describe('a chat among chats that are known', () => {
  it.each([
    ['me', 'user1'],
    ['@ada_ferry', 'user1'],
    ['user1', 'user1'],
    ['Bob Ferry', 'user2'],
    ['bob  ferry', 'user2'],
    ['BOB', 'user2'],
    ['@harbour_crew', 'channel3'],
    ['harbour_crew', 'channel3'],
    ['https://t.me/harbour_crew/55?single', 'channel3'],
    ['t.me/c/3/77', 'channel3'],
    ['-1003', 'channel3'],
    ['3', 'channel3'],
    ['2024', 'channel4'],
    ['@home', 'channel5'],
    ['@HOME', 'channel5'],
    ['chat7', 'channel8'],
    ['https://t.me/+AbC', 'channel10'],
    ['user11', 'user11'],
  ])('is meant by %s', (reference, id) => {
    expect(idOf(reference)).toBe(id);
  });

  it('is the one that is called "me" only where there are no saved messages', () => {
    expect(idOf('me', [BOB, ME])).toBe('channel6');
  });

  it('is by its id before one with that title', () => {
    const user2024 = chat('user2024', 'Ann');
    expect(idOf('2024', [YEAR, user2024])).toBe('user2024');
  });

  it('is the one whose title is written so, before those that differ in case', () => {
    const chats = [chat('channel1', 'Crew'), chat('channel2', 'CREW')];
    expect(idOf('CREW', chats)).toBe('channel2');
    expect(() => idOf('crew', chats)).toThrow('2 chats are called "crew". Give one of these ids: channel1, channel2.');
  });

  it.each([
    ['chat9', [CREW]],
    ['-9', [CREW]],
    ['chat9', [OLD_CREW, CREW]],
    ['Crew of old', [OLD_CREW, CREW]],
  ])('is the supergroup that %s became', (reference, chats) => {
    expect(lookUpChat(parseChatReference(reference), chats)).toEqual({ chat: CREW, oldGroup: 'chat9' });
  });

  it('is the supergroup where it and the group before bear one name', () => {
    const [before, after] = [chat('chat9', 'Crew'), chat('channel3', 'Crew', { migratedFrom: 'chat9' })];
    for (const chats of [
      [before, after],
      [after, before],
    ]) {
      expect(lookUpChat(parseChatReference('Crew'), chats)).toEqual({ chat: after });
    }
  });

  it.each(['https://t.me/+Other', '@a b', 't.me/addlist/x'])('is not meant by %s, which is refused', (reference) => {
    expect(() => idOf(reference)).toThrow(expect.objectContaining({ code: 'USAGE' }) as Error);
  });

  it('is nobody where none is meant, with the nearest names', () => {
    expect(idOf('Harbor Crew')).toBeUndefined();
    expect(nearNamesHint(parseChatReference('Harbor Crew'), ALL)).toBe(
      ' Did you mean "Harbour Crew" or @Harbour_Crew?',
    );
    expect(nearNamesHint(parseChatReference('@bob_fery'), ALL)).toBe(' Did you mean "Bob Ferry"?');
    expect(nearNamesHint(parseChatReference('somebody else'), ALL)).toBe('');
  });

  const name = fc.string({
    unit: fc.oneof(
      fc.constantFrom('\u202e', '\n', '\t', ' ', '\u0007', 'É'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
  });
  test.prop([name, fc.option(name, { nil: undefined })])(
    'is found by the name that the program shows of it, whatever that is',
    (title, lastName) => {
      const one = chat('user77', title, lastName === undefined ? {} : { lastName });
      const shown = chatTitle(one);
      expect(printableLine(shown)).toBe(shown);
      fc.pre(!/^(?:me|self)$/i.test(shown.trim()) && /\p{L}{2}|^user77$/u.test(shown));
      expect(idOf(shown, [one, chat('user78', 'Someone')])).toBe('user77');
    },
  );
});
