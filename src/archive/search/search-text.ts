import type { MessageContent } from '../../chat/content.js';
import type { Message } from '../../chat/message.js';

/** What the index holds of a message: two columns of words between spaces. */
export interface SearchText {
  /** The text or caption. */
  readonly text: string;
  /** Names and titles: of files, songs, polls, contacts, places; and the bare forms of Arabic words. */
  readonly names: string;
}

/** Scripts that write words without spaces between them: every two neighbouring characters are indexed as one word. */
const UNSPACED =
  '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}ー';
const UNSPACED_RUN = new RegExp(`[${UNSPACED}]+`, 'gu');
const PIECES = new RegExp(`[${UNSPACED}]+|[^${UNSPACED}]+`, 'gu');
const IS_UNSPACED = new RegExp(`^[${UNSPACED}]`, 'u');

/** Marks that people leave out when they search: accents, Hebrew points, Arabic vowels, and the letter stretcher. */
const MARKS = new RegExp(
  `[${['0300-036f', '0591-05bd', '05bf', '05c1-05c2', '05c4-05c5', '0610-061a', '0640', '064b-065f', '0670']
    .map((range) => range.replaceAll(/[0-9a-f]{4}/g, '\\u$&'))
    .join('')}]`,
  'gu',
);

/** The article with the prepositions that are written together with it: "والكتاب" is found as "كتاب". */
const ARABIC_PREFIXED = /(?<![\p{L}\p{N}])(?:[وف]?[بك]?ال|[وف]?لل)(\p{Script=Arabic}{2,})/gu;

/** What is indexed of a message, folded. Both columns may be empty. */
export function searchText(message: Message): SearchText {
  const text = foldText(message.text.text);
  const names = foldText([...namesOf(message)].join('\n'));
  const bare = Array.from(text.matchAll(ARABIC_PREFIXED), ([, word = '']) => word).join(' ');
  return { text: pairUnspaced(text), names: pairUnspaced(bare === '' ? names : `${names} ${bare}`) };
}

/**
 * Text as it is compared: compatibility forms composed alike, lower case, without {@link MARKS}; an emoji is a word of
 * its own, which SQLite's tokeniser can tell from others.
 */
export function foldText(text: string): string {
  // Most text of most chats is one of these; the rest is several times slower.
  if (/^[\0-\x7f]*$/.test(text)) return text.toLowerCase();
  return text
    .normalize('NFKD')
    .replaceAll(MARKS, '')
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/\p{Extended_Pictographic}/gu, (emoji) => ` emoji${(emoji.codePointAt(0) ?? 0).toString(16)} `);
}

/** Words of folded text, and for unspaced scripts the runs that stand together. */
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

/** The last character stands alone as well, so that each of a run begins some word. */
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
