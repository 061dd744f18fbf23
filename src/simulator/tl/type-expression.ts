import type { TlType } from './schema.js';

const SIMPLE: ReadonlyMap<string, TlType> = new Map(
  (['int', 'long', 'double', 'string', 'bytes', 'int128', 'int256', 'Bool', 'true'] as const).map((kind) => [
    kind,
    { kind },
  ]),
);
const VECTOR = /^([Vv])ector<(.+)>$/;

/**
 * Parses a type of a TL schema: `int`, `Vector<InputPeer>`, `!X`, `updates.State`, `future_salt`. Flags are not part of
 * it. A name that begins with a lower-case letter (after its namespace) is a bare constructor.
 */
export function parseType(text: string): TlType {
  if (text === '#') return { kind: 'flags' };
  // Some schemas mark longs that fit into a JavaScript number. They are serialised as 64 bits as well.
  if (text === 'int53') return { kind: 'long' };
  if (text === 'X' || text === '!X' || text === 'Object') return { kind: 'any' };
  const simple = SIMPLE.get(text);
  if (simple !== undefined) return simple;

  const vector = VECTOR.exec(text);
  if (vector?.[1] !== undefined && vector[2] !== undefined) {
    return { kind: 'vector', boxed: vector[1] === 'V', item: parseType(vector[2]) };
  }
  const last = text.slice(text.lastIndexOf('.') + 1);
  return /^[a-z]/.test(last) ? { kind: 'bare', constructorName: text } : { kind: 'boxed', type: text };
}
