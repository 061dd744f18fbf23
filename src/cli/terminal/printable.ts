// C0 and C1 controls but for tab and newline, and the characters that turn the direction of text around.
// eslint's no-control-regex is about slips; here they are the point, so they are written as escapes of a property.
const UNPRINTABLE = /(?![\t\n])[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;

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
