import type { TlDefinition, TlField } from './schema.js';
import { parseType } from './type-expression.js';

const LINE = /^([\w.]+)#([0-9a-f]{1,8})\s+(.*?)\s*=\s*([\w.<>!]+);$/;
const FLAGGED = /^(flags\d*)\.(\d+)\?(.+)$/;
/** In the schema of MTProto itself, `string` means bytes, except in these fields. */
const TEXT_FIELDS: ReadonlySet<string> = new Set(['error_message']);

export interface SchemaTextOptions {
  /**
   * For the schema of MTProto itself, where `string` means bytes.
   *
   * @defaultValue `false`
   */
  readonly stringsAreBytes?: boolean;
}

/**
 * Reads a schema in TL notation (https://core.telegram.org/mtproto/TL). Lines that do not define a constructor, such as
 * the polymorphic `vector` and definitions without an id, are skipped.
 */
export function parseSchemaText(text: string, { stringsAreBytes = false }: SchemaTextOptions = {}): TlDefinition[] {
  const definitions: TlDefinition[] = [];
  let isMethod = false;
  for (const line of text.split('\n').map((raw) => raw.trim())) {
    if (line === '---functions---') isMethod = true;
    else if (line === '---types---') isMethod = false;
    // A constructor without fields has one space before the equals sign. Doubling it keeps the pattern simple.
    const match = LINE.exec(line.replace(' = ', '  = '));
    const [, name, id, fields, result] = match ?? [];
    if (name === undefined || id === undefined || fields === undefined || result === undefined || name === 'vector')
      continue;
    definitions.push({
      name,
      id: Number.parseInt(id, 16),
      fields: fields.split(/\s+/).flatMap((field) => parseField(field, stringsAreBytes)),
      result: parseType(result),
      isMethod,
    });
  }
  return definitions;
}

function parseField(text: string, stringsAreBytes: boolean): TlField[] {
  const colon = text.indexOf(':');
  if (colon <= 0 || text.startsWith('{')) return [];
  const name = text.slice(0, colon);
  const expression = text.slice(colon + 1);
  const [, word, bit, inner] = FLAGGED.exec(expression) ?? [];
  const parsed = parseType(inner ?? expression);
  const type =
    stringsAreBytes && parsed.kind === 'string' && !TEXT_FIELDS.has(name) ? ({ kind: 'bytes' } as const) : parsed;
  return [word === undefined ? { name, type } : { name, type, flag: { word, bit: Number(bit) } }];
}
