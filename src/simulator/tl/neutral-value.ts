import type { TlObject, TlValue } from './tl-object.js';
import type { TlDefinition, TlSchema, TlType } from './schema.js';

/** Names of constructors that represent an empty or unknown value. */
const NEUTRAL_NAME = /(Empty|Unsupported|Unknown|Unavailable|NotModified)$/;
const MAX_DEPTH = 6;
const NOTHING: Uint8Array = new Uint8Array();

/**
 * The default value for a required field that the world does not set: 0, an empty text, an empty vector. For a type, it
 * is its empty constructor (`messageActionEmpty`), or otherwise the one with the fewest fields. So one world can be
 * served in later layers that have more fields.
 *
 * @returns undefined if the layer does not have the type, or if the nesting would be too deep.
 */
export function neutralValue(schema: TlSchema, type: TlType, depth = 0): TlValue {
  switch (type.kind) {
    case 'int':
    case 'flags':
    case 'double':
      return 0;
    case 'long':
      return 0n;
    case 'string':
      return '';
    case 'bytes':
      return NOTHING;
    case 'int128':
      return new Uint8Array(16);
    case 'int256':
      return new Uint8Array(32);
    case 'true':
    case 'Bool':
      return false;
    case 'vector':
      return [];
    case 'any':
      return undefined;
    case 'bare': {
      const definition = schema.constructorNamed(type.constructorName);
      return definition && fill(schema, definition, depth);
    }
    case 'boxed':
      return neutralObject(schema, type.type, depth);
  }
}

function neutralObject(schema: TlSchema, type: string, depth: number): TlObject | undefined {
  if (depth > MAX_DEPTH) return undefined;
  const candidates = [...schema.constructorsOf(type)].sort((a, b) => rank(a) - rank(b));
  for (const candidate of candidates) {
    const object = fill(schema, candidate, depth);
    if (object !== undefined) return object;
  }
  return undefined;
}

/** Ranks empty constructors first, then those with the fewest required objects and fields. */
function rank(definition: TlDefinition): number {
  const required = definition.fields.filter(({ flag, type }) => flag === undefined && type.kind !== 'flags');
  const objects = required.filter(({ type }) => type.kind === 'boxed' || type.kind === 'bare').length;
  return (NEUTRAL_NAME.test(definition.name) ? 0 : 10_000) + objects * 100 + required.length;
}

function fill(schema: TlSchema, definition: TlDefinition, depth: number): TlObject | undefined {
  const object: Record<string, TlValue> & { _: string } = { _: definition.name };
  for (const { name, type, flag } of definition.fields) {
    if (flag !== undefined || type.kind === 'flags') continue;
    const value = neutralValue(schema, type, depth + 1);
    if (value === undefined) return undefined;
    object[name] = value;
  }
  return object;
}
