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
