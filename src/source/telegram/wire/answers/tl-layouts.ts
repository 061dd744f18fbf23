import apiText from 'telegram/tl/apiTl.js';
import serviceText from 'telegram/tl/schemaTl.js';

/** What stands on the wire at one place: a size in bytes, or one of the kinds below it. */
export type TlKind =
  | { readonly kind: 'bytes'; readonly size: number }
  | { readonly kind: 'flags' | 'string' }
  | { readonly kind: 'object'; readonly type: string }
  | { readonly kind: 'list'; readonly isBoxed: boolean; readonly element: TlKind };

/** A field as it stands on the wire. */
export interface TlField {
  readonly kind: TlKind;
  /** Which of the constructor's flag words says whether it is there, and by which bit. Undefined: it always is. */
  readonly condition: { readonly word: number; readonly mask: number } | undefined;
}

/** One constructor of the schema. */
export interface TlLayout {
  /** What it is one of: `Message`, `messages.Messages`. */
  readonly type: string;
  /** Those that take room; `true` is nothing but its flag. */
  readonly fields: readonly TlField[];
  /** Of all fields: each costs memory when the object is made. */
  readonly fieldCount: number;
}

const LINE = /^[\w.]+#([0-9a-f]+) (.*)= ([\w.<>]+);$/;
const FIELD = /^(\w+):(?:(flags\d?)\.(\d+)\?)?(.+)$/;
const SIZES: Readonly<Record<string, number>> = { int: 4, long: 8, double: 8, int128: 16, int256: 32 };

let lines: ReadonlyMap<number, string> | undefined;
const layouts = new Map<number, TlLayout | undefined>();

/** The layout of a constructor by its id. Undefined for one that the installed schema does not have. */
export function layoutOf(constructorId: number): TlLayout | undefined {
  if (layouts.has(constructorId)) return layouts.get(constructorId);
  const layout = parse((lines ??= linesOf([apiText, serviceText])).get(constructorId));
  if (layout !== undefined) layouts.set(constructorId, layout); // Ids that nobody knows are without number.
  return layout;
}

/** What a method answers with: `messages.Messages`, `Vector<User>`, `Bool`. Undefined for an unknown one. */
export function resultTypeOf(methodId: number): string | undefined {
  return layoutOf(methodId)?.type;
}

/** The kind of a type as the schema writes it. Undefined for one that is in no answer: a bare object, a type variable. */
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
    const [, name = '', word, bit, written = ''] = FIELD.exec(text) ?? [];
    if (written === '#') words.push(name);
    if (written === 'true') continue;
    const kind = kindOf(written);
    if (kind === undefined) return { type, fields: [], fieldCount: 0 }; // A method's; no answer has it.
    const condition = word === undefined ? undefined : { word: words.indexOf(word), mask: 1 << Number(bit) };
    fields.push({ kind, condition });
  }
  return { type, fields, fieldCount: texts.length };
}
