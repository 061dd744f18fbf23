import { ACTING } from '../../text/acting-characters.js';
import { unicodeEscape } from '../../text/json.js';

/** JSON text that is written as it is, for the few places where Telegram Desktop's layout is irregular. */
export class Verbatim {
  readonly text: string;

  /** @param text - Valid JSON. */
  constructor(text: string) {
    this.text = text;
  }
}

/** A value to be written. Keys keep their order; keys with an undefined value are omitted. */
export type JsonValue = string | number | boolean | null | Verbatim | readonly JsonValue[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

/**
 * Writes a value as Telegram Desktop's exporter lays it out (SerializeObject and SerializeArray in
 * export_output_json.cpp): one space per level, one item per line, an empty array or object on two lines.
 *
 * @param depth - The nesting level of the value: its closing bracket is indented by as many spaces.
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
 * {@link jsonText} of one object that is given in parts, which have no keys in common. Merging the parts first would cost
 * more than writing them.
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
 * An integer of any size, from its digits: Telegram's ids have up to 64 bits, a JavaScript number has 53. A text that is
 * not an integer is written as a string, so that the document stays valid.
 */
export function bareInteger(digits: string): JsonValue {
  return /^-?(?:0|[1-9]\d*)$/.test(digits) ? new Verbatim(digits) : digits;
}

/** Desktop omits keys with an empty text: undefined for one. */
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

/** Keys are constants of this program: a few hundred, each written millions of times. */
const QUOTED_KEYS = new Map<string, string>();

function quotedKey(key: string): string {
  let text = QUOTED_KEYS.get(key);
  if (text === undefined) QUOTED_KEYS.set(key, (text = quoted(key)));
  return text;
}

/** Control characters, characters that affect a terminal, lone surrogates (Cs), and what JSON escapes. */
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
  // A lone surrogate has no UTF-8 encoding, and strict parsers refuse an escaped one.
  return code >= 0xd800 && code <= 0xdfff ? '\ufffd' : unicodeEscape(character);
}
