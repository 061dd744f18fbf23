import { ACTING } from './acting-characters.js';

/** Beside the acting ones, the C0 controls but for tab and newline. */
const UNPRINTABLE = new RegExp(`[\\u0000-\\u0008\\u000B-\\u001F${ACTING}]`, 'g');

/**
 * Makes text from elsewhere (titles, names, messages of servers) safe for a terminal: no escape sequence in a chat's
 * title may move the cursor, and none may show another name than it is.
 */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, '\uFFFD');
}

/** The same, on one line. */
export function printableLine(text: string): string {
  return printable(text.replaceAll(/[\t\r\n\u2028\u2029]+/g, ' '));
}

/** The longest title or name on one line. Telegram allows 255. */
const MOST_TITLE_CHARACTERS = 200;

/** A title or name, cut with `…` to fit on a line. Not for JSON, which has the whole text. */
export function shortTitle(title: string): string {
  if (title.length <= MOST_TITLE_CHARACTERS) return title;
  // Half of a pair of surrogates is no character.
  return `${title.slice(0, MOST_TITLE_CHARACTERS - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
