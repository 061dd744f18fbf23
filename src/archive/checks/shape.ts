/**
 * Returns what is wrong with a value, worded to follow its name: ` is not text`, `.content.kind is not a known value`.
 * Undefined if nothing is.
 */
export type Shape = (value: unknown) => string | undefined;

/** Telegram's ids: digits, with a sign if the server sends one. */
const PEER_ID = /^(?:user|chat|channel)(-?\d{1,20})$/;
/** The years -9999 to 9999, which all calendars and formats support. Telegram counts seconds in 32 bits. */
const TIME_MAX_MS = 253_402_300_799_999;

const shapeOf =
  (isOne: (value: unknown) => boolean, what: string): Shape =>
  (value) =>
    isOne(value) ? undefined : ` is ${what}`;

export const text: Shape = shapeOf((value) => typeof value === 'string', 'not text');
export const flag: Shape = shapeOf((value) => typeof value === 'boolean', 'not true or false');
export const whole: Shape = shapeOf(Number.isSafeInteger, 'not a whole number');
export const count: Shape = shapeOf(
  (value) => Number.isSafeInteger(value) && Number(value) >= 0,
  'not a whole number of 0 or more',
);
/**
 * The id of a message: `int` of TL, negative for one from before a migration
 * (https://core.telegram.org/mtproto/serialize).
 */
export const messageId: Shape = shapeOf(
  (value) => typeof value === 'number' && (value | 0) === value, // 32 bits with a sign.
  'not a message id',
);
export const bytes: Shape = shapeOf((value) => value instanceof Uint8Array, 'not a blob');
/** JSON has no NaN: it is written as null. */
export const amount: Shape = shapeOf((value) => typeof value === 'number', 'not a number');
/** UTC milliseconds. */
export const time: Shape = shapeOf(
  (value) => Number.isSafeInteger(value) && Math.abs(Number(value)) <= TIME_MAX_MS,
  'not a time in milliseconds',
);
export const peer: Shape = shapeOf((value) => {
  const digits = typeof value === 'string' ? PEER_ID.exec(value)?.[1] : undefined;
  return digits !== undefined && isInt64(digits);
}, 'not a peer id');
/** Data that is only passed on. */
export const anything: Shape = () => undefined;

/** Whether a number fits into `long` of TL, the type of peer ids in requests. @param digits - Perhaps with a sign. */
export function isInt64(digits: string): boolean {
  return digits.length < 19 || BigInt.asIntN(64, BigInt(digits)) === BigInt(digits);
}

/** One of a few words. */
export function wordOf(...words: readonly string[]): Shape {
  return valueOf(words);
}

/** One of a few numbers. */
export function numberOf(...numbers: readonly number[]): Shape {
  return valueOf(numbers);
}

function valueOf(values: readonly unknown[]): Shape {
  const known = new Set(values);
  return shapeOf((value) => known.has(value), 'not a known value');
}

export function orNull(shape: Shape): Shape {
  return (value) => (value === null ? undefined : shape(value));
}

export function list(shape: Shape): Shape {
  return (value) => {
    if (!Array.isArray(value)) return ' is not a list';
    for (let at = 0; at < value.length; at += 1) {
      const problem = shape(value[at]);
      if (problem !== undefined) return `[${at}]${problem}`;
    }
    return undefined;
  };
}

/** A record by the names of its fields. A name that ends with `?` may be missing. */
export type Fields = Readonly<Record<string, Shape>>;

/**
 * A JSON object. Unknown fields are removed: a later version may have written them. A null means an absent field, or
 * NaN in a required number.
 */
export function record(fields: Fields): Shape {
  const { known, required } = byName(fields);
  return (value) => {
    if (!isRecord(value)) return ' is not an object';
    for (const name of Object.keys(value)) {
      const shape = known.get(name);
      if (shape === undefined) Reflect.deleteProperty(value, name);
      else if (value[name] === null) repair(value, name, required.includes(name) && shape === amount);
      else {
        const problem = shape(value[name]);
        if (problem !== undefined) return `.${name}${problem}`;
      }
    }
    return missingIn(value, required);
  };
}

/** A row of a table, by its columns. Null is a value of its own. */
export function row(fields: Fields): Shape {
  const columns = Object.entries(fields);
  return (value) => {
    for (const [name, shape] of columns) {
      const problem = shape((value as Record<string, unknown>)[name]);
      if (problem !== undefined) return `.${name}${problem}`;
    }
    return undefined;
  };
}

/** One of several records, distinguished by the value of one field. */
export function oneOf(tag: string, variants: Readonly<Record<string, Fields>>): Shape {
  const shapes = new Map<unknown, Shape>(
    Object.entries(variants).map(([word, fields]) => [word, record({ [tag]: text, ...fields })]),
  );
  return (value) => {
    if (!isRecord(value)) return ' is not an object';
    const shape = Object.hasOwn(value, tag) ? shapes.get(value[tag]) : undefined;
    return shape === undefined ? `.${tag} is not a known value` : shape(value);
  };
}

function byName(fields: Fields): { readonly known: ReadonlyMap<string, Shape>; readonly required: readonly string[] } {
  const names = Object.keys(fields);
  return {
    known: new Map(Object.entries(fields).map(([name, shape]) => [name.replace(/\?$/, ''), shape])),
    required: names.filter((name) => !name.endsWith('?')),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function repair(value: Record<string, unknown>, name: string, isRequiredAmount: boolean): void {
  if (isRequiredAmount) value[name] = NaN;
  else Reflect.deleteProperty(value, name);
}

function missingIn(value: Record<string, unknown>, required: readonly string[]): string | undefined {
  for (const name of required) if (!Object.hasOwn(value, name)) return `.${name} is missing`;
  return undefined;
}
