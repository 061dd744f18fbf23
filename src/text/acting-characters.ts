/**
 * What does something to a screen, or is not seen on it, as a character class of a regular expression without its
 * brackets: DEL and the C1 controls, which are escape sequences in one character (ECMA-48, 5.3); marks that turn the
 * direction of text around (UAX #9); the line and paragraph separators; spaces without width, and other format
 * characters that nobody sees. Joiners (U+200C, U+200D) are none of these: Persian and emoji are spelled with them.
 *
 * C0 controls are not among them: JSON escapes them in any case, and some of them are wanted.
 */
export const ACTING: string =
  '\\u007F-\\u009F\\u061C\\u180E\\u200B\\u200E\\u200F\\u2028-\\u202E\\u2060-\\u206F\\uFEFF\\uFFF9-\\uFFFB';
