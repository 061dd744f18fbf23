import type { JsonValue } from './json-text.js';

const SNAKE_CASED = new Map<string, string>();

/**
 * A value of the domain as it is, with its keys in snake_case (`viewCount` → `view_count`): what the `chatferry` keys
 * carry. Bytes become base64. A field that the domain gains later is written without a change here.
 */
export function ownWords(value: unknown): JsonValue | undefined {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return value;
    case 'bigint':
      return String(value);
    case 'object':
      break;
    default:
      return undefined;
  }
  if (value === null) return null;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map((item) => ownWords(item) ?? null);
  const words: Record<string, JsonValue | undefined> = {};
  for (const [key, field] of Object.entries(value)) words[snakeCase(key)] = ownWords(field);
  return words;
}

/**
 * {@link ownWords} of an object without the keys that are said elsewhere; undefined when no other key has a value.
 *
 * @param said - Keys as the domain spells them.
 */
export function ownWordsBeside(object: object, said: ReadonlySet<string>): Record<string, JsonValue> | undefined {
  let words: Record<string, JsonValue> | undefined;
  for (const [key, field] of Object.entries(object)) {
    if (field === undefined || said.has(key)) continue;
    const value = ownWords(field);
    if (value !== undefined) (words ??= {})[snakeCase(key)] = value;
  }
  return words;
}

/** `messageActionGiftTon` → `message_action_gift_ton`. */
export function snakeCase(name: string): string {
  const known = SNAKE_CASED.get(name);
  if (known !== undefined) return known;
  const snake = name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toLowerCase();
  SNAKE_CASED.set(name, snake); // The keys of the domain and the constructors of one schema: a few hundred at most.
  return snake;
}
