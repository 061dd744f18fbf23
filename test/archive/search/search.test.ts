import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Archive } from '../../../src/archive/archive.js';
import type { MediaRecord } from '../../../src/chat/record.js';
import { CHAT, chatNamed, recordOf, textMessage } from '../sample-message.js';
import { temporaryDirectory } from '../temporary-directory.js';

async function archiveOf(...texts: readonly string[]): Promise<Archive> {
  const archive = await Archive.open(temporaryDirectory());
  archive.placeChat(CHAT);
  const records = texts.map((text, index) => recordOf(textMessage(index + 1, text)));
  archive.commit({ chatId: CHAT.id, records, senders: [] });
  return archive;
}

function textsOf(archive: Archive, query: string): readonly string[] {
  return archive.search(query).map(({ text }) => text.text);
}

const ANN = 'account7001/user1';

describe('search', () => {
  it.each([
    ['a word', 'Lunch at noon?', 'noon'],
    ['the beginning of a word', 'Lunch tomorrow', 'tomo'],
    ['words in any order', 'Lunch at noon tomorrow', 'tomorrow lunch'],
    ['in any case', 'ПРИВЕТ мир', 'привет'],
    ['the beginning of a Cyrillic word', 'Поговорим завтра', 'погов'],
    ['ё by е', 'Всё хорошо', 'все'],
    ['without accents', 'Un café crème', 'cafe creme'],
    ['with accents that are composed otherwise', 'cafe\u0301', 'café'],
    ['an Arabic word without its vowels', 'مُحَمَّد', 'محمد'],
    ['an Arabic word behind its article', 'قرأت الكتاب', 'كتاب'],
    ['a Hebrew word without its points', 'שָׁלוֹם', 'שלום'],
    ['part of a Chinese sentence', '我们明天去北京吧', '明天'],
    ['one Chinese character', '我们明天去北京吧', '京'],
    ['the last Chinese character', '我们明天去北京', '京'],
    ['three Chinese characters', '我们明天去北京吧', '去北京'],
    ['part of a Japanese sentence', '東京タワーに行きました', 'タワー'],
    ['Japanese in half width', 'ﾀﾜｰ', 'タワー'],
    ['Chinese beside Latin', 'hello世界', 'hello 世界'],
    ['part of a Thai sentence', 'สวัสดีครับ', 'ครับ'],
    ['the beginning of a Korean word', '학교에서 만나요', '학교'],
    ['a Hindi word', 'नमस्ते दुनिया', 'दुनिया'],
    ['an emoji', 'well done🎉', '🎉'],
    ['a word beside an emoji', '🎉party', 'party'],
    ['a phrase', 'to be or not to be', '"not to be"'],
    ['a number', 'room 4711', '4711'],
    ['a word behind punctuation', 'see https://example.org/path', 'example'],
  ])('finds %s', async (_what, text, query) => {
    using archive = await archiveOf('something else entirely', text, 'другое', '其他');

    expect(textsOf(archive, query)).toEqual([text]);
  });

  it.each([
    ['only some of the words', 'Lunch at noon', 'lunch tomorrow'],
    ['a phrase in another order', 'to be or not', '"not to be"'],
    ['Chinese characters in another order', '北京', '京北'],
    ['Chinese characters that are apart', '北方的京', '北京'],
    ['a whole word in quotes by its beginning', 'tomorrow', '"tomo"'],
  ])('does not find %s', async (_what, text, query) => {
    using archive = await archiveOf(text);

    expect(textsOf(archive, query)).toEqual([]);
  });

  it('finds names of files, songs, polls and places', async () => {
    using archive = await Archive.open(temporaryDirectory());
    archive.placeChat(CHAT);
    const song: MediaRecord = {
      state: 'skipped',
      reason: 'too-large',
      media: { kind: 'audio', role: 'main', fileName: 'track01.mp3', performer: 'Björk', title: 'Jóga' },
    };
    const point = { latitude: 0, longitude: 0 };
    const venue = { kind: 'venue', title: 'Café Müller', address: 'Wuppertal', point } as const;
    const records = [recordOf(textMessage(1), [song]), recordOf(textMessage(2, '', { content: venue }))];
    archive.commit({ chatId: CHAT.id, records, senders: [] });
    const idsOf = (query: string): readonly number[] => archive.search(query).map(({ id }) => id);

    expect(idsOf('bjork')).toEqual([1]);
    expect(idsOf('track01')).toEqual([1]);
    expect(idsOf('wuppertal')).toEqual([2]);
  });

  it('gives the newest first, of one chat if asked, up to a limit', async () => {
    using archive = await archiveOf('tea 1', 'tea 2', 'tea 3');
    archive.placeChat(chatNamed(ANN));
    const other = recordOf({ ...textMessage(9, 'tea 9'), chatId: ANN });
    archive.commit({ chatId: ANN, records: [other], senders: [] });

    expect(textsOf(archive, 'tea')).toEqual(['tea 9', 'tea 3', 'tea 2', 'tea 1']);
    expect(archive.search('tea', { chatId: ANN })).toEqual([other.message]);
    expect(archive.search('tea', { limit: 2 })).toHaveLength(2);
  });

  it('takes any text for a query', async () => {
    using archive = await archiveOf('hello world');
    const syntax = [
      '"',
      '""',
      '*',
      'a AND',
      'NEAR(',
      'text:',
      '-hello',
      '^',
      '(',
      "'; DROP TABLE messages;",
      '\0',
      '{',
    ];
    const query = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom(...syntax, 'hello', '世界', ' ', '\ud800')).map((parts) => parts.join('')),
    );

    fc.assert(
      fc.property(query, (text) => {
        expect(archive.search(text).length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 1000 },
    );
    expect(archive.search('hello '.repeat(5000))).toHaveLength(1);
  });

  it('finds every message by every word in it', async () => {
    const word = fc.stringMatching(/^[a-zа-яё一-龥ぁ-んア-ン]{1,6}$/u);
    using archive = await archiveOf();
    let id = 0;
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), fc.nat(), (words, pick) => {
        id += 1;
        archive.commit({ chatId: CHAT.id, records: [recordOf(textMessage(id, words.join(' ')))], senders: [] });
        const found = archive.search(words[pick % words.length] ?? '', { limit: 1 });
        expect(found.map((message) => message.id)).toEqual([id]);
      }),
      { numRuns: 300 },
    );
  });
});
