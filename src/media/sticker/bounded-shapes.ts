import { STAYING, SWINGING, withEasing } from './easing.js';
import { largestSize, outlineOf, withinReach } from './measure.js';
import { largestNumber, listOf, objectOf, type PlainObject, plainValue, smallestNumber } from './plain-value.js';

/** Shapes that may be drawn, and what drawing them takes. */
export interface BoundedShapes {
  readonly shapes: readonly PlainObject[];
  /** About as many points as are looked at for one frame. */
  readonly work: number;
  /** At least as long as all outlines together, in units of the drawing. */
  readonly outline: number;
}

/** https://lottie.github.io/lottie-spec/1.0/specs/shapes/, and the modifiers that the player knows beside them. */
const PAINTS: ReadonlySet<string> = new Set(['fl', 'st', 'gf', 'gs']);
const MODIFIERS: ReadonlySet<string> = new Set(['rd', 'tm', 'pb', 'zz', 'op', 'tw', 'mm']);
/** What may swing beyond its keyframes: places and sizes, which are measured with it. All else multiplies the work. */
const SWINGS: ReadonlySet<string> = new Set(['rc', 'el', 'sh', 'tr', 'fl', 'gf']);
/** A rectangle or an ellipse with its four curves. */
const PRIMITIVE_POINTS = 4;
/** What a shape takes beside its points: as long as so many more, measured with repeaters. */
const SHAPE_POINTS = 10;
/** Shorter dashes are too many to see, and too many to count: such a line is drawn without them. Units of the drawing. */
const LEAST_DASH = 1;
/** A dash is an outline of its own. */
const DASH_POINTS = 10;
/** Curves are cut into short lines, the more the longer they are: one point for so many units. */
const UNITS_OF_POINT = 100;
/** An outline at a distance from another: each of its corners is looked at again and again. */
const OFFSET_PASSES = 8;
const MOST_COPIES = 1000;
/** Colours of a gradient. */
const MOST_STOPS = 100;
/** Groups in groups. */
const MOST_GROUPS = 24;

/**
 * The shapes of a list, and of the groups in it. Every paint goes over all geometry of its list, every modifier changes
 * it, and a repeater draws it as often as it has copies: these multiply, from list to list.
 *
 * @throws {Error} with what is out of bounds.
 */
export function boundedShapes(list: unknown, depth: number = 0): BoundedShapes {
  if (depth > MOST_GROUPS) throw new Error(`it has groups in groups, ${MOST_GROUPS} deep`);
  const shapes: PlainObject[] = [];
  let points = 0;
  let outline = 0;
  let passes = 1;
  let copies = 1;
  let dashes = 0; // In a unit of the outline.
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
    const whole = plainValue(item) as PlainObject; // First: what is measured below is then of a bounded depth.
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
    } else if (kind !== 'tr') continue; // Unknown: nothing would be drawn.
    shapes.push(plain);
  }
  const work = (Math.max(1, points) * passes + outline * dashes * DASH_POINTS) * copies;
  return { shapes, work, outline: outline * copies };
}

/** How many times larger the transform of a group makes what is in it, at most; at least 1. */
function scaleIn(shapes: readonly PlainObject[]): number {
  const scales = shapes.filter(({ ty }) => ty === 'tr').map(({ s }) => largestSize(s) / 100);
  return Math.max(1, ...scales);
}

/** Undefined for what has no geometry. */
function pointsOf(kind: string, item: PlainObject): number | undefined {
  if (kind === 'rc' || kind === 'el') return PRIMITIVE_POINTS;
  if (kind === 'sr') return 2 * Math.max(PRIMITIVE_POINTS, largestNumber(item['pt']));
  if (kind === 'sh') return Math.max(PRIMITIVE_POINTS, longestList(objectOf(item['ks'])['k']));
  return undefined;
}

/** The points of a path: the longest list of places in it, at whichever moment. */
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

/** Of a dash and a gap, all of them one after the other. */
function dashLength(paint: PlainObject): number {
  const lengths = dashesIn(paint).map(({ v }) => smallestNumber(objectOf(v)['k']));
  return lengths.reduce((sum, length) => sum + Math.max(0, length), 0);
}

function dashesIn(paint: PlainObject): readonly Readonly<Record<string, unknown>>[] {
  return listOf(paint['d'])
    .map(objectOf)
    .filter(({ n }) => n !== 'o');
}

/** Dashes in a unit of the outline. */
function dashesOf(paint: PlainObject): number {
  return 'd' in paint ? dashesIn(paint).length / dashLength(paint) : 0;
}

/** The player makes room for as many colours as a gradient says it has. */
function withFewStops(paint: PlainObject): PlainObject {
  if (!('g' in paint)) return paint;
  const gradient = objectOf(paint['g']) as PlainObject;
  const stops = Math.min(MOST_STOPS, Math.floor(longestList(gradient['k']) / 4), largestNumber(gradient['p']));
  return { ...paint, g: { ...gradient, p: stops } };
}
