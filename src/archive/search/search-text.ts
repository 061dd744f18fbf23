import type { MessageContent } from '../../chat/content.js';
import type { Message } from '../../chat/message.js';

/** The indexed text of a message: two columns of words separated by spaces. */
export interface SearchText {
  /** The text or caption. */
  readonly text: string;
  /** Names and titles: of files, songs, polls, contacts, places; and the bare forms of Arabic words. */
  readonly names: string;
}

/** Scripts without spaces between words: every pair of neighbouring characters is indexed as one word. */
const UNSPACED =
  '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}ー';
const UNSPACED_RUN = new RegExp(`[${UNSPACED}]+`, 'gu');
const PIECES = new RegExp(`[${UNSPACED}]+|[^${UNSPACED}]+`, 'gu');
const IS_UNSPACED = new RegExp(`^[${UNSPACED}]`, 'u');

/** Marks that people omit when they search: accents, Hebrew points, Arabic vowels, and the tatweel. */
const MARKS = new RegExp(
  `[${['0300-036f', '0591-05bd', '05bf', '05c1-05c2', '05c4-05c5', '0610-061a', '0640', '064b-065f', '0670']
    .map((range) => range.replaceAll(/[0-9a-f]{4}/g, '\\u$&'))
    .join('')}]`,
  'gu',
);

/** The Arabic article with its attached prefixes: "والكتاب" is found as "كتاب". */
const ARABIC_PREFIXED = /(?<![\p{L}\p{N}])(?:[وف]?[بك]?ال|[وف]?لل)(\p{Script=Arabic}{2,})/gu;

/** The folded text of a message for the index. Both columns may be empty. */
export function searchText(message: Message): SearchText {
  const text = foldText(message.text.text);
  const names = foldText([...namesOf(message)].join('\n'));
  const bare = Array.from(text.matchAll(ARABIC_PREFIXED), ([, word = '']) => word).join(' ');
  return { text: pairUnspaced(text), names: pairUnspaced(bare === '' ? names : `${names} ${bare}`) };
}

/**
 * Folds text for comparison: compatibility forms are normalised, case and {@link MARKS} are removed, and each emoji
 * becomes a word of its own that SQLite's tokeniser accepts.
 */
export function foldText(text: string): string {
  // Most text of most chats passes here; the rest is several times slower.
  if (/^[\0-\x7f]*$/.test(text)) return text.toLowerCase();
  return text
    .normalize('NFKD')
    .replaceAll(MARKS, '')
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/\p{Extended_Pictographic}/gu, (emoji) => ` emoji${(emoji.codePointAt(0) ?? 0).toString(16)} `);
}

/** Words of folded text, and runs of unspaced scripts. */
export function searchPieces(folded: string): readonly { readonly text: string; readonly unspaced: boolean }[] {
  return Array.from(folded.matchAll(/[\p{L}\p{N}\p{M}\p{Co}]+/gu), ([word]) => word)
    .flatMap((word) => word.match(PIECES) ?? [])
    .map((text) => ({ text, unspaced: IS_UNSPACED.test(text) }));
}

/** Neighbouring pairs of a run: `世界人` → `世界`, `界人`. A single character stays as it is. */
export function pairsOf(run: string): readonly string[] {
  const characters = Array.from(run);
  if (characters.length < 2) return characters;
  return characters.slice(1).map((character, index) => `${characters[index] ?? ''}${character}`);
}

/** The last character is also a word of its own, so that every character of a run begins a word. */
function pairUnspaced(folded: string): string {
  return folded.replaceAll(UNSPACED_RUN, (run) => ` ${[...pairsOf(run), Array.from(run).at(-1) ?? ''].join(' ')} `);
}

function* namesOf(message: Message): Iterable<string> {
  for (const { fileName, performer, title } of message.media) {
    if (fileName !== undefined) yield fileName;
    if (performer !== undefined) yield performer;
    if (title !== undefined) yield title;
  }
  if (message.content !== undefined) yield* contentNames(message.content);
  const { service } = message;
  if (service !== undefined && 'title' in service) yield service.title;
}

function* contentNames(content: MessageContent): Iterable<string> {
  switch (content.kind) {
    case 'poll':
      yield content.question.text;
      for (const answer of content.answers) yield answer.text.text;
      break;
    case 'contact':
      yield `${content.firstName} ${content.lastName} ${content.phoneNumber}`;
      break;
    case 'venue':
      yield `${content.title} ${content.address}`;
      break;
    case 'game':
    case 'invoice':
      yield `${content.title} ${content.description}`;
      break;
    case 'todo-list':
      yield content.title.text;
      for (const item of content.items) yield item.text.text;
      break;
    case 'web-page':
      yield [content.title, content.siteName, content.description].filter((part) => part !== undefined).join(' ');
      break;
    default:
      break;
  }
}
