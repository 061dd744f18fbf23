/**
 * Says what is wrong with a value, to be read after its name: ` is no text`, `.content.kind is none that an archive has`.
 * Undefined where nothing is.
 */
export type Shape = (value: unknown) => string | undefined;

/** Of Telegram's ids: digits, and a sign where a server says one. */
const PEER_ID = /^(?:user|chat|channel)(-?\d{1,20})$/;
/** The years -9999 to 9999, which all calendars and formats take. Telegram counts seconds in 32 bits. */
const TIME_MAX_MS = 253_402_300_799_999;

const shapeOf =
  (isOne: (value: unknown) => boolean, what: string): Shape =>
  (value) =>
    isOne(value) ? undefined : ` is ${what}`;

export const text: Shape = shapeOf((value) => typeof value === 'string', 'no text');
export const flag: Shape = shapeOf((value) => typeof value === 'boolean', 'neither true nor false');
export const whole: Shape = shapeOf(Number.isSafeInteger, 'no whole number');
export const count: Shape = shapeOf(
  (value) => Number.isSafeInteger(value) && Number(value) >= 0,
  'no whole number from 0',
);
/** Of a message: `int` of TL, below zero for one from before a migration (https://core.telegram.org/mtproto/serialize). */
export const messageId: Shape = shapeOf(
  (value) => typeof value === 'number' && (value | 0) === value, // 32 bits with a sign.
  'no id of a message',
);
export const bytes: Shape = shapeOf((value) => value instanceof Uint8Array, 'no blob');
/** JSON has no NaN: what has no value is written as null. */
export const amount: Shape = shapeOf((value) => typeof value === 'number', 'no number');
/** UTC milliseconds. */
export const time: Shape = shapeOf(
  (value) => Number.isSafeInteger(value) && Math.abs(Number(value)) <= TIME_MAX_MS,
  'no time in milliseconds',
);
export const peer: Shape = shapeOf((value) => {
  const digits = typeof value === 'string' ? PEER_ID.exec(value)?.[1] : undefined;
  return digits !== undefined && isInt64(digits);
}, 'no id of a peer');
/** Data that only pass through. */
export const anything: Shape = () => undefined;

/** Whether a number fits into `long` of TL, which requests have for ids of peers. @param digits - Perhaps with a sign. */
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
  return shapeOf((value) => known.has(value), 'none that an archive has');
}

export function orNull(shape: Shape): Shape {
  return (value) => (value === null ? undefined : shape(value));
}

export function list(shape: Shape): Shape {
  return (value) => {
    if (!Array.isArray(value)) return ' is no list';
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
 * An object of JSON. Fields that are not named are taken out: a later version may have written them, and nobody here knows
 * what they are. A null stands for nothing, and for a number that JSON has not.
 */
export function record(fields: Fields): Shape {
  const { known, required } = byName(fields);
  return (value) => {
    if (!isRecord(value)) return ' is no object';
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

/** A row of a table, by its columns: a null is one. */
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

/** One of several records, told apart by the word in one field. */
export function oneOf(tag: string, variants: Readonly<Record<string, Fields>>): Shape {
  const shapes = new Map<unknown, Shape>(
    Object.entries(variants).map(([word, fields]) => [word, record({ [tag]: text, ...fields })]),
  );
  return (value) => {
    if (!isRecord(value)) return ' is no object';
    const shape = Object.hasOwn(value, tag) ? shapes.get(value[tag]) : undefined;
    return shape === undefined ? `.${tag} is none that an archive has` : shape(value);
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
