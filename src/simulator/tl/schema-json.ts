import { ChatferryError } from '../../errors/chatferry-error.js';
import type { TlDefinition, TlField, TlType } from './schema.js';
import { parseType } from './type-expression.js';

interface JsonModifiers {
  readonly predicate?: string;
  readonly isVector?: boolean;
}

interface JsonEntry {
  readonly kind: 'class' | 'method';
  readonly name: string;
  readonly id: number;
  readonly type: string;
  readonly typeModifiers?: JsonModifiers;
  readonly arguments: readonly {
    readonly name: string;
    readonly type: string;
    readonly typeModifiers?: JsonModifiers;
  }[];
}

/** A schema with its layer. */
export interface JsonSchema {
  readonly layer: number;
  readonly definitions: readonly TlDefinition[];
}

/**
 * Reads a schema in mtcute's JSON format: `l` is the layer, `e` are the entries.
 *
 * @throws {ChatferryError} `UNDECODABLE` if the document has another format.
 */
export function parseSchemaJson(text: string): JsonSchema {
  const document = JSON.parse(text) as { readonly l?: unknown; readonly e?: unknown };
  if (typeof document.l !== 'number' || !Array.isArray(document.e)) {
    throw new ChatferryError(
      'UNDECODABLE',
      'The JSON schema has no layer "l" or no entries "e". Install @mtcute/core 0.30.3.',
    );
  }
  return { layer: document.l, definitions: (document.e as readonly JsonEntry[]).map(definitionOf) };
}

function definitionOf(entry: JsonEntry): TlDefinition {
  return {
    name: entry.name,
    id: entry.id >>> 0,
    fields: entry.arguments.map((argument): TlField => {
      const field = { name: argument.name, type: typeOf(argument.type, argument.typeModifiers) };
      const [word, bit] = argument.typeModifiers?.predicate?.split('.') ?? [];
      return word === undefined ? field : { ...field, flag: { word, bit: Number(bit) } };
    }),
    result: typeOf(entry.type, entry.typeModifiers),
    isMethod: entry.kind === 'method',
  };
}

function typeOf(name: string, modifiers: JsonModifiers | undefined): TlType {
  const item = parseType(name);
  return modifiers?.isVector === true ? { kind: 'vector', boxed: true, item } : item;
}
