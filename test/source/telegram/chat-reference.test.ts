import { describe, expect, it } from 'vitest';

import { parseChatReference } from '../../../src/source/telegram/chat-reference.js';

describe('what people write to name a chat', () => {
  it.each([
    ['me', { kind: 'self' }],
    [' Self ', { kind: 'self' }],
    ['@harbour_crew', { kind: 'username', username: 'harbour_crew' }],
    ['t.me/harbour_crew', { kind: 'username', username: 'harbour_crew' }],
    ['https://t.me/harbour_crew/123?single', { kind: 'username', username: 'harbour_crew' }],
    ['https://t.me/s/harbour_crew', { kind: 'username', username: 'harbour_crew' }],
    ['http://telegram.me/harbour_crew', { kind: 'username', username: 'harbour_crew' }],
    ['harbour.t.me', { kind: 'username', username: 'harbour' }],
    ['tg://resolve?domain=harbour_crew&post=3', { kind: 'username', username: 'harbour_crew' }],
    ['https://t.me/c/1234567890/55', { kind: 'id', candidates: ['channel1234567890'] }],
    ['tg://user?id=42', { kind: 'id', candidates: ['user42'] }],
    ['tg://privatepost?channel=77&post=1', { kind: 'id', candidates: ['channel77'] }],
    ['-1001234567890', { kind: 'id', candidates: ['channel1234567890', 'chat1001234567890'] }],
    ['-4711', { kind: 'id', candidates: ['chat4711'] }],
    ['-1001', { kind: 'id', candidates: ['channel1', 'chat1001'] }],
    ['4711', { kind: 'id', candidates: ['user4711', 'chat4711', 'channel4711'] }],
    ['channel123', { kind: 'id', candidates: ['channel123'] }],
    ['User9007199254740993', { kind: 'id', candidates: ['user9007199254740993'] }],
    ['chat5', { kind: 'id', candidates: ['chat5'] }],
    ['Harbour Crew', { kind: 'title', title: 'Harbour Crew' }],
    ['Экипаж 🚢', { kind: 'title', title: 'Экипаж 🚢' }],
    ['harbour_crew', { kind: 'title', title: 'harbour_crew' }],
  ])('%s', (reference, parsed) => {
    expect(parseChatReference(reference)).toEqual(parsed);
  });

  it.each(['https://t.me/+AbCdEf123', 't.me/joinchat/AbCdEf', 'tg://join?invite=AbCdEf'])(
    'refuses the invitation %s and says what to do',
    (reference) => {
      expect(() => parseChatReference(reference)).toThrow(/invitation.*Join with a Telegram app/s);
    },
  );

  it.each(['', '  ', '@', '@a b', '@1name', 't.me/', 'tg://settings?x=1'])('refuses "%s"', (reference) => {
    expect(() => parseChatReference(reference)).toThrow(expect.objectContaining({ code: 'USAGE' }) as Error);
  });
});
