import type { PlainObject, PlainValue } from './plain-value.js';

/** The range of values between two keyframes, relative to the distance between them. */
export interface EasingRange {
  readonly least: number;
  readonly most: number;
}

/** Values may overshoot at both ends by the full distance. */
export const SWINGING: EasingRange = { least: -1, most: 2 };
/** Values that multiply the work, such as a number of copies, stay between their keyframes. */
export const STAYING: EasingRange = { least: 0, most: 1 };
/** An overshooting value is at most this many times the largest keyframe. */
export const SWING: number = SWINGING.most - SWINGING.least;

/**
 * A copy in which all easing stays in a range. A Bézier curve lies within its control points, so these are clamped: numbers
 * under `x` and `y`, alone or in a list (https://lottie.github.io/lottie-spec/1.0/specs/values/#easing-handle).
 * A string counts, since the player parses it as a number.
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
  if (typeof value === 'object' && value !== null) return withEasing(value, range); // A coordinate of a split position, not a handle.
  return Math.min(range.most, Math.max(range.least, Number(value) || 0));
}
