import type { PlainObject, PlainValue } from './plain-value.js';

/** How far the values between two keyframes may go, in parts of the way from one to the other. */
export interface EasingRange {
  readonly least: number;
  readonly most: number;
}

/** A thing may swing beyond its end, and draw back before it starts: as far as the way itself. */
export const SWINGING: EasingRange = { least: -1, most: 2 };
/** What multiplies the work, such as a number of copies, stays between the values that are written. */
export const STAYING: EasingRange = { least: 0, most: 1 };
/** A value that swings is at most so many times the largest that is written. */
export const SWING: number = SWINGING.most - SWINGING.least;

/**
 * A copy in which all easing stays in a range. A Bézier curve is within its control points, so these are held to it:
 * numbers under `x` and `y`, alone or in a list (https://lottie.github.io/lottie-spec/1.0/specs/values/#easing-handle).
 * What a text says counts, since the player reads it as a number.
 */
export function withEasing(value: PlainValue, range: EasingRange): PlainValue {
  if (Array.isArray(value)) return value.map((item: PlainValue) => withEasing(item, range));
  if (typeof value !== 'object' || value === null) return value;
  const eased = Object.entries(value as PlainObject).map(([key, item]) => {
    if (key === 'x') return [key, held(item, STAYING)];
    return [key, key === 'y' ? held(item, range) : withEasing(item, range)];
  });
  return Object.fromEntries(eased) as PlainObject;
}

function held(value: PlainValue, range: EasingRange): PlainValue {
  if (Array.isArray(value)) return value.map((item: PlainValue) => held(item, range));
  if (typeof value === 'object' && value !== null) return withEasing(value, range); // One of two coordinates, not a handle.
  return Math.min(range.most, Math.max(range.least, Number(value) || 0));
}
