import type { JsonValue } from './json-text.js';

const SNAKE_CASED = new Map<string, string>();

/**
 * Converts a value of the domain for the `chatferry` keys: keys become snake_case (`viewCount` → `view_count`), bytes become
 * base64. Fields that are added to the domain later are written without a change here.
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
 * {@link ownWords} of an object without the keys that are written elsewhere. Undefined when no other key has a value.
 *
 * @param said - Those keys, in the domain's spelling.
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
