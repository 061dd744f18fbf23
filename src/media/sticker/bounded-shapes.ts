import { STAYING, SWINGING, withEasing } from './easing.js';
import { largestSize, outlineOf, withinReach } from './measure.js';
import { largestNumber, listOf, objectOf, type PlainObject, plainValue, smallestNumber } from './plain-value.js';

/** Shapes that may be drawn, with the cost of drawing them. */
export interface BoundedShapes {
  readonly shapes: readonly PlainObject[];
  /** Estimated number of points that are processed per frame. */
  readonly work: number;
  /** Upper bound for the total length of all outlines, in units of the drawing. */
  readonly outline: number;
}

/** https://lottie.github.io/lottie-spec/1.0/specs/shapes/, and the additional modifiers of the player. */
const PAINTS: ReadonlySet<string> = new Set(['fl', 'st', 'gf', 'gs']);
const MODIFIERS: ReadonlySet<string> = new Set(['rd', 'tm', 'pb', 'zz', 'op', 'tw', 'mm']);
/** Values that may overshoot their keyframes: positions and sizes, whose cost includes it. Others would multiply the work. */
const SWINGS: ReadonlySet<string> = new Set(['rc', 'el', 'sh', 'tr', 'fl', 'gf']);
/** Points of a rectangle or an ellipse: four curves. */
const PRIMITIVE_POINTS = 4;
/** The fixed cost of a shape in points, measured with repeaters. */
const SHAPE_POINTS = 10;
/** A line with shorter dashes is drawn solid: they would be invisible and numerous. Units of the drawing. */
const LEAST_DASH = 1;
/** Points of a dash, which is an outline of its own. */
const DASH_POINTS = 10;
/** Curves are divided into short lines: units of length per point. */
const UNITS_OF_POINT = 100;
/** The factor for offset paths, which process each corner several times. */
const OFFSET_PASSES = 8;
const MOST_COPIES = 1000;
/** Colors of a gradient at most. */
const MOST_STOPS = 100;
/** Nesting depth of groups. */
const MOST_GROUPS = 24;

/**
 * The shapes of a list, and of the groups in it. Every fill and stroke applies to all geometry of its list, every modifier
 * changes that, and a repeater multiplies it by its copies. These factors multiply over nested lists.
 *
 * @throws {Error} naming the exceeded limit.
 */
export function boundedShapes(list: unknown, depth: number = 0): BoundedShapes {
  if (depth > MOST_GROUPS) throw new Error(`it has groups in groups, ${MOST_GROUPS} deep`);
  const shapes: PlainObject[] = [];
  let points = 0;
  let outline = 0;
  let passes = 1;
  let copies = 1;
  let dashes = 0; // Per unit of the outline.
  for (const item of listOf(list).map(objectOf)) {
    const kind = item['ty'];
    if (kind === 'gr') {
      const { it, ...group } = item;
      const inner = boundedShapes(it, depth + 1);
      points += inner.work;
      outline += inner.outline * scaleIn(inner.shapes);
      shapes.push({ ...(plainValue(group) as PlainObject), it: inner.shapes });
      continue;
    }
    if (typeof kind !== 'string') continue;
    const whole = plainValue(item) as PlainObject; // First, so that the depth is bounded for the measurements below.
    let plain = withEasing(withinReach(whole), SWINGS.has(kind) ? SWINGING : STAYING) as PlainObject;
    const own = pointsOf(kind, whole);
    if (own !== undefined) {
      const length = outlineOf(kind, plain, own);
      points += own + SHAPE_POINTS + length / UNITS_OF_POINT;
      outline += length;
    } else if (PAINTS.has(kind)) {
      passes += 1;
      plain = withFewStops(withVisibleDashes(plain));
      dashes += dashesOf(plain);
    } else if (MODIFIERS.has(kind)) {
      const ridges = kind === 'zz' ? largestNumber(plain['r']) : 0;
      passes += (kind === 'op' ? OFFSET_PASSES : 1) + ridges;
      outline += points * (1 + ridges) * (largestSize(plain['a']) + largestSize(plain['s']));
    } else if (kind === 'rp') {
      copies *= copiesOf(whole);
    } else if (kind !== 'tr') continue; // Unknown shapes draw nothing.
    shapes.push(plain);
  }
  const work = (Math.max(1, points) * passes + outline * dashes * DASH_POINTS) * copies;
  return { shapes, work, outline: outline * copies };
}

/** The largest scale factor of a group's transform; at least 1. */
function scaleIn(shapes: readonly PlainObject[]): number {
  const scales = shapes.filter(({ ty }) => ty === 'tr').map(({ s }) => largestSize(s) / 100);
  return Math.max(1, ...scales);
}

/** Undefined for items without geometry. */
function pointsOf(kind: string, item: PlainObject): number | undefined {
  if (kind === 'rc' || kind === 'el') return PRIMITIVE_POINTS;
  if (kind === 'sr') return 2 * Math.max(PRIMITIVE_POINTS, largestNumber(item['pt']));
  if (kind === 'sh') return Math.max(PRIMITIVE_POINTS, longestList(objectOf(item['ks'])['k']));
  return undefined;
}

/** The points of a path: the largest number at any keyframe. */
function longestList(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const own = Array.isArray(value) ? value.length : 0;
  return Object.values(value).reduce((most: number, item: unknown) => Math.max(most, longestList(item)), own);
}

function copiesOf({ c }: PlainObject): number {
  const copies = Math.max(1, Math.ceil(largestNumber(c)));
  if (copies > MOST_COPIES) throw new Error(`a repeater makes ${copies} copies, and ${MOST_COPIES} are drawn at most`);
  return copies;
}

function withVisibleDashes(paint: PlainObject): PlainObject {
  if (!('d' in paint) || dashLength(paint) >= LEAST_DASH) return paint;
  return Object.fromEntries(Object.entries(paint).filter(([key]) => key !== 'd'));
}

/** Length of the dash pattern. */
function dashLength(paint: PlainObject): number {
  const lengths = dashesIn(paint).map(({ v }) => smallestNumber(objectOf(v)['k']));
  return lengths.reduce((sum, length) => sum + Math.max(0, length), 0);
}

function dashesIn(paint: PlainObject): readonly Readonly<Record<string, unknown>>[] {
  return listOf(paint['d'])
    .map(objectOf)
    .filter(({ n }) => n !== 'o');
}

/** Dashes per unit of the outline. */
function dashesOf(paint: PlainObject): number {
  return 'd' in paint ? dashesIn(paint).length / dashLength(paint) : 0;
}

/** Limits the declared number of colors, because the player allocates memory for it. */
function withFewStops(paint: PlainObject): PlainObject {
  if (!('g' in paint)) return paint;
  const gradient = objectOf(paint['g']) as PlainObject;
  const stops = Math.min(MOST_STOPS, Math.floor(longestList(gradient['k']) / 4), largestNumber(gradient['p']));
  return { ...paint, g: { ...gradient, p: stops } };
}
