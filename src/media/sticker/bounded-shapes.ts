import { largestNumber, listOf, objectOf, type PlainObject, plainValue, smallestNumber } from './plain-value.js';

/** Shapes that may be drawn, and what drawing them takes. */
export interface BoundedShapes {
  readonly shapes: readonly PlainObject[];
  /** About as many points as are looked at for one frame. */
  readonly work: number;
}

/** https://lottie.github.io/lottie-spec/1.0/specs/shapes/, and the modifiers that the player knows beside them. */
const PAINTS: ReadonlySet<string> = new Set(['fl', 'st', 'gf', 'gs']);
const MODIFIERS: ReadonlySet<string> = new Set(['rd', 'tm', 'pb', 'zz', 'op', 'tw', 'mm']);
/** A rectangle or an ellipse with its four curves. */
const PRIMITIVE_POINTS = 4;
/** What a shape takes beside its points: as long as so many more, measured with repeaters. */
const SHAPE_POINTS = 10;
/** Shorter dashes are too many to see, and too many to count: such a line is drawn without them. Units of the drawing. */
const LEAST_DASH = 1;
const MOST_COPIES = 1000;
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
  let passes = 1;
  let copies = 1;
  for (const item of listOf(list).map(objectOf)) {
    const kind = item['ty'];
    if (kind === 'gr') {
      const { it, ...group } = item;
      const inner = boundedShapes(it, depth + 1);
      points += inner.work;
      shapes.push({ ...(plainValue(group) as PlainObject), it: inner.shapes });
      continue;
    }
    if (typeof kind !== 'string') continue;
    const plain = plainValue(item) as PlainObject; // First: what is measured below is then of a bounded depth.
    const own = pointsOf(kind, plain);
    if (own !== undefined) points += own + SHAPE_POINTS;
    else if (PAINTS.has(kind)) passes += 1;
    else if (MODIFIERS.has(kind)) passes += 1 + (kind === 'zz' ? largestNumber(plain['r']) : 0);
    else if (kind === 'rp') copies *= copiesOf(plain);
    else if (kind !== 'tr') continue; // Unknown: nothing would be drawn.
    shapes.push(PAINTS.has(kind) ? withVisibleDashes(plain) : plain);
  }
  return { shapes, work: Math.max(1, points) * passes * copies };
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
  if (!('d' in paint)) return paint;
  const lengths = listOf(paint['d'])
    .map(objectOf)
    .filter(({ n }) => n !== 'o')
    .map(({ v }) => smallestNumber(objectOf(v)['k']));
  if (lengths.reduce((sum, length) => sum + Math.max(0, length), 0) >= LEAST_DASH) return paint;
  return Object.fromEntries(Object.entries(paint).filter(([key]) => key !== 'd'));
}
