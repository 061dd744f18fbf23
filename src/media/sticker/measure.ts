import { SWING } from './easing.js';
import { KEYFRAME_ONLY, listOf, objectOf, type PlainObject, type PlainValue } from './plain-value.js';

/** Limit for coordinates and sizes, in units of the drawing. A sticker has 512, so this is far outside. */
export const MOST_UNITS = 20_000;

/** A copy with all numbers except times clamped to {@link MOST_UNITS}: invisible parts stay invisible. */
export function withinReach(value: PlainValue): PlainValue {
  if (Array.isArray(value)) return value.map((item: PlainValue) => withinReach(item));
  if (typeof value === 'object' && value !== null) {
    const near = Object.entries(value as PlainObject).map(([key, item]) => [
      key,
      key === 't' && typeof item === 'number' ? item : withinReach(item),
    ]);
    return Object.fromEntries(near) as PlainObject;
  }
  const size = Math.abs(Number(value));
  if (typeof value === 'boolean' || !(size > MOST_UNITS)) return value;
  return Math.sign(Number(value)) * MOST_UNITS;
}

/** The largest absolute number in a value at any time. Strings count as numbers. */
export function largestSize(value: unknown): number {
  const largest = sizeIn(value);
  return isMoving(value) ? largest * SWING : largest;
}

/**
 * An upper bound for the length of a shape's outline at any time, in units of the drawing.
 *
 * @param points - Number of its points.
 */
export function outlineOf(kind: string, item: PlainObject, points: number): number {
  if (kind === 'rc' || kind === 'el') return 4 * largestSize(item['s']);
  if (kind === 'sr') {
    const roundness = 1 + (largestSize(item['is']) + largestSize(item['os'])) / 100;
    return points * (largestSize(item['or']) + largestSize(item['ir'])) * roundness;
  }
  const path = objectOf(item['ks'])['k'];
  return longestPath(path) * (isMoving(item['ks']) ? SWING : 1);
}

function longestPath(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const { v, i, o } = objectOf(value);
  if (Array.isArray(v)) {
    const places = listOf(v);
    const sides = places.reduce((sum: number, place, at) => sum + distance(place, places[(at + 1) % places.length]), 0);
    return sides + 2 * [...listOf(i), ...listOf(o)].reduce((sum: number, handle) => sum + distance(handle, [0, 0]), 0);
  }
  return Object.values(value).reduce((most: number, item: unknown) => Math.max(most, longestPath(item)), 0);
}

function distance(one: unknown, other: unknown): number {
  const [x = 0, y = 0] = listOf(one).map(Number);
  const [a = 0, b = 0] = listOf(other).map(Number);
  return Math.hypot(x - a, y - b) || 0;
}

function sizeIn(value: unknown): number {
  if (typeof value === 'number' || typeof value === 'string') return Math.abs(Number(value)) || 0;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.entries(value).reduce(
    (most, [key, item]) => (KEYFRAME_ONLY.has(key) ? most : Math.max(most, sizeIn(item))),
    0,
  );
}

/** Whether it has keyframes, regardless of its `a`. */
function isMoving(value: unknown): boolean {
  return listOf(objectOf(value)['k']).some((item) => typeof item === 'object' && item !== null && !Array.isArray(item));
}
