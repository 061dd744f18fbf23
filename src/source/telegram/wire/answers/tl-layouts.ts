import apiText from 'telegram/tl/apiTl.js';
import serviceText from 'telegram/tl/schemaTl.js';

/** The binary form of a TL value: a fixed number of bytes, or one of the other kinds. */
export type TlKind =
  | { readonly kind: 'bytes'; readonly size: number }
  | { readonly kind: 'flags' | 'string' }
  | { readonly kind: 'object'; readonly type: string }
  | { readonly kind: 'list'; readonly isBoxed: boolean; readonly element: TlKind };

/** A field in its binary form. */
export interface TlField {
  readonly kind: TlKind;
  /** The flag word and the bit that are set if the field is present. Undefined if the field is required. */
  readonly condition: { readonly word: number; readonly mask: number } | undefined;
}

/** One constructor of the schema. */
export interface TlLayout {
  /** The type of the constructor: `Message`, `messages.Messages`. */
  readonly type: string;
  /** The fields that take bytes. A field of type `true` has only its flag. */
  readonly fields: readonly TlField[];
  /** Number of all fields. Each takes memory in the object. */
  readonly fieldCount: number;
}

const LINE = /^[\w.]+#([0-9a-f]+) (.*)= ([\w.<>]+);$/;
const FIELD = /^(\w+):(?:(flags\d?)\.(\d+)\?)?(.+)$/;
const SIZES: Readonly<Record<string, number>> = { int: 4, long: 8, double: 8, int128: 16, int256: 32 };

let lines: ReadonlyMap<number, string> | undefined;
const layouts = new Map<number, TlLayout | undefined>();

/** The layout of a constructor by its id. Undefined if the installed schema does not have it. */
export function layoutOf(constructorId: number): TlLayout | undefined {
  if (layouts.has(constructorId)) return layouts.get(constructorId);
  const layout = parse((lines ??= linesOf([apiText, serviceText])).get(constructorId));
  if (layout !== undefined) layouts.set(constructorId, layout); // Unknown ids are not cached: there are too many.
  return layout;
}

/** The result type of a method: `messages.Messages`, `Vector<User>`, `Bool`. Undefined for an unknown method. */
export function resultTypeOf(methodId: number): string | undefined {
  return layoutOf(methodId)?.type;
}

/** The kind of a type of the schema. Undefined for types that no answer contains: bare objects and type variables. */
export function kindOf(type: string): TlKind | undefined {
  const size = SIZES[type];
  if (size !== undefined) return { kind: 'bytes', size };
  if (type === '#') return { kind: 'flags' };
  if (type === 'string' || type === 'bytes') return { kind: 'string' };
  const list = /^([Vv])ector<(.+)>$/.exec(type);
  if (list !== null) {
    const element = kindOf(list[2] ?? '');
    return element && { kind: 'list', isBoxed: list[1] === 'V', element };
  }
  return /(?:^|\.)[A-Z]\w+$/.test(type) ? { kind: 'object', type } : undefined;
}

function linesOf(schemas: readonly string[]): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const line of schemas.join('\n').split('\n')) {
    const id = LINE.exec(line.trim())?.[1];
    if (id !== undefined) found.set(Number.parseInt(id, 16), line.trim());
  }
  return found;
}

function parse(line: string | undefined): TlLayout | undefined {
  const [, , fieldText = '', type = ''] = LINE.exec(line ?? '') ?? [];
  if (type === '') return undefined;
  const texts = fieldText.split(' ').filter((text) => text !== '' && !text.startsWith('{'));
  const words: string[] = [];
  const fields: TlField[] = [];
  for (const text of texts) {
    const [, name = '', word, bit, fieldType = ''] = FIELD.exec(text) ?? [];
    if (fieldType === '#') words.push(name);
    if (fieldType === 'true') continue;
    const kind = kindOf(fieldType);
    if (kind === undefined) return { type, fields: [], fieldCount: 0 }; // A method, which no answer contains.
    const condition = word === undefined ? undefined : { word: words.indexOf(word), mask: 1 << Number(bit) };
    fields.push({ kind, condition });
  }
  return { type, fields, fieldCount: texts.length };
}
