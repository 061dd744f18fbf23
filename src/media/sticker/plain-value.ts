/** JSON that may be passed to the player. */
export type PlainValue = string | number | boolean | null | readonly PlainValue[] | PlainObject;
export interface PlainObject {
  readonly [key: string]: PlainValue;
}

/** Limit for coordinates, times and counts: far outside of the drawing, and small enough to be processed. */
const MOST_NUMBER = 1e6;
/** Each nested group takes three levels. */
const MOST_DEPTH = 100;

/** Fields of a keyframe: time, hold flag, and easing in and out. */
export const KEYFRAME_ONLY: ReadonlySet<string> = new Set(['t', 'h', 'i', 'o']);

/** Names and texts, which identify the author; and slots, which replace a value. */
const LEFT_OUT: ReadonlySet<string> = new Set(['nm', 'mn', 'cl', 'ln', 'sid', 'slots']);

/**
 * A copy of a value without expressions, which are the strings under `x`
 * (https://lottie.github.io/lottie-spec/1.0/specs/properties/; a handle of a keyframe has numbers there).
 *
 * @throws {Error} naming the fault: a number out of range, nesting that is too deep, or a NUL, at which the player would end
 *   a name and so see another one than is checked here.
 */
export function plainValue(value: unknown, depth: number = 0): PlainValue {
  if (depth > MOST_DEPTH) throw new Error('it is nested too deeply');
  if (typeof value === 'number') {
    if (!(Math.abs(value) <= MOST_NUMBER)) throw new Error(`it has a number out of bounds: ${value}`);
    return value;
  }
  if (typeof value === 'string') return withoutNul(value);
  if (Array.isArray(value)) return value.map((item: unknown) => plainValue(item, depth + 1));
  if (typeof value !== 'object' || value === null) return typeof value === 'boolean' ? value : null;
  const plain: Record<string, PlainValue> = {};
  for (const [key, item] of Object.entries(value)) {
    if (LEFT_OUT.has(key) || (key === 'x' && !isNumeric(item) && !isOwnCoordinate(value, item))) continue;
    plain[withoutNul(key)] = plainValue(item, depth + 1);
  }
  return plain;
}

/** The value if it is an object, otherwise an empty object. */
export function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The largest number anywhere in a value, except times and easing of keyframes. Strings count as numbers. At least 0. */
export function largestNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string') return Number(value) || 0;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.entries(value).reduce(
    (most, [key, item]) => (KEYFRAME_ONLY.has(key) ? most : Math.max(most, largestNumber(item))),
    0,
  );
}

/** The smallest number anywhere in a value, except times and easing of keyframes. Strings count as numbers. */
export function smallestNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string') return Number(value) || 0;
  if (typeof value !== 'object' || value === null) return Infinity;
  return Object.entries(value).reduce(
    (least, [key, item]) => (KEYFRAME_ONLY.has(key) ? least : Math.min(least, smallestNumber(item))),
    Infinity,
  );
}

function isNumeric(value: unknown): boolean {
  return Array.isArray(value) ? value.every((item) => typeof item === 'number') : typeof value === 'number';
}

/** A position may have separate x and y, each with its own keyframes: then `s` is set, and `x` is a property. */
function isOwnCoordinate(position: object, x: unknown): boolean {
  return (position as { readonly s?: unknown }).s === true && typeof x === 'object' && x !== null && !Array.isArray(x);
}

function withoutNul(text: string): string {
  if (text.includes('\0')) throw new Error('it has a NUL in a name');
  return text;
}
