import { ACTING } from './acting-characters.js';

const TO_ESCAPE = new RegExp(`[${ACTING}]`);
const EVERY_TO_ESCAPE = new RegExp(`[${ACTING}]`, 'g');

/**
 * Writes JSON that is safe to display: characters that act on a screen are escaped as `\uXXXX`, so that a document can be
 * looked at with `cat` and `less`, and means the same when it is parsed. The only place in which this program writes JSON
 * that leaves it.
 *
 * @param replacer - As `JSON.stringify` takes it.
 * @param indent - Spaces a level. @defaultValue all on one line
 */
export function safeJson(
  value: unknown,
  replacer?: (this: unknown, key: string, value: unknown) => unknown,
  indent?: number,
): string {
  return withEscapes(JSON.stringify(value, replacer, indent));
}

/**
 * The same for JSON that is there already: none of these characters stands outside of a text in it.
 *
 * @param json - Valid JSON.
 */
export function withEscapes(json: string): string {
  return TO_ESCAPE.test(json) ? json.replaceAll(EVERY_TO_ESCAPE, unicodeEscape) : json;
}

/** `\u009B`, for one UTF-16 code unit. */
export function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}
