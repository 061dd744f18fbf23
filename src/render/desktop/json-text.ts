import { ACTING } from '../../text/acting-characters.js';
import { unicodeEscape } from '../../text/json.js';

/** JSON text that stands as it is: for the few places where Telegram Desktop's spelling is not the regular one. */
export class Verbatim {
  readonly text: string;

  /** @param text - Valid JSON. */
  constructor(text: string) {
    this.text = text;
  }
}

/** A value to be written. Keys keep their order; a key whose value is undefined is left out. */
export type JsonValue = string | number | boolean | null | Verbatim | readonly JsonValue[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

/**
 * Writes a value as Telegram Desktop's exporter lays it out (SerializeObject and SerializeArray in
 * export_output_json.cpp): one space per level, one item per line, an empty array or object broken over two lines.
 *
 * @param depth - The level that the value stands at: its closing bracket is indented by as many spaces.
 */
export function jsonText(value: JsonValue, depth = 0): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (value === null) return 'null';
  if (value instanceof Verbatim) return value.text;
  return isArray(value) ? arrayText(value, depth) : objectText([value], depth);
}

/**
 * {@link jsonText} of one object that is given in parts, none of which repeats a key of another. Merging the parts
 * first would cost more than writing them.
 */
export function objectText(parts: readonly (JsonObject | undefined)[], depth: number): string {
  const start = indent(depth + 1);
  let text = '{';
  for (const part of parts) {
    for (const key in part) {
      const value = part[key];
      if (value === undefined) continue;
      text += `${text === '{' ? '\n' : ',\n'}${start}${quotedKey(key)}: ${jsonText(value, depth + 1)}`;
    }
  }
  return `${text}\n${indent(depth)}}`;
}

/**
 * An integer written bare from its digits, whatever its size: Telegram's ids have up to 64 bits, a JavaScript number
 * has 53. Text that is not an integer is written as a string, so that the document stays valid.
 */
export function bareInteger(digits: string): JsonValue {
  return /^-?(?:0|[1-9]\d*)$/.test(digits) ? new Verbatim(digits) : digits;
}

/** Desktop leaves out a key whose text is empty; undefined does the same here. */
export function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function arrayText(items: readonly JsonValue[], depth: number): string {
  let text = '[';
  for (const item of items) text += (text === '[' ? '\n' : ',\n') + indent(depth + 1) + jsonText(item, depth + 1);
  return `${text}\n${indent(depth)}]`;
}

// Array.isArray does not narrow a readonly array away from the other members of a union.
function isArray(value: readonly JsonValue[] | JsonObject): value is readonly JsonValue[] {
  return Array.isArray(value);
}

const INDENTS: readonly string[] = Array.from({ length: 16 }, (_, depth) => ' '.repeat(depth));

function indent(depth: number): string {
  return INDENTS[depth] ?? ' '.repeat(depth);
}

/** Keys are words of this program, so there are a few hundred; each is written millions of times. */
const QUOTED_KEYS = new Map<string, string>();

function quotedKey(key: string): string {
  let text = QUOTED_KEYS.get(key);
  if (text === undefined) QUOTED_KEYS.set(key, (text = quoted(key)));
  return text;
}

/** Controls, what acts on a screen, halves of surrogate pairs that stand alone (Cs), and what JSON escapes. */
const TO_ESCAPE = new RegExp(`["\\\\\\u0000-\\u001F${ACTING}\\p{Cs}]`, 'u');
const EVERY_TO_ESCAPE = new RegExp(TO_ESCAPE, 'gu');

function quoted(text: string): string {
  return TO_ESCAPE.test(text) ? `"${text.replace(EVERY_TO_ESCAPE, escaped)}"` : `"${text}"`;
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

function escaped(character: string): string {
  const short = SHORT_ESCAPES[character];
  if (short !== undefined) return short;
  const code = character.charCodeAt(0);
  // Half a character has no UTF-8; an escaped half is refused by strict parsers.
  return code >= 0xd800 && code <= 0xdfff ? '\ufffd' : unicodeEscape(character);
}
