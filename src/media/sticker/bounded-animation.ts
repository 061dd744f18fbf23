import { boundedShapes } from './bounded-shapes.js';
import { SWINGING, withEasing } from './easing.js';
import { withinReach } from './measure.js';
import { listOf, objectOf, type PlainObject, type PlainValue, plainValue } from './plain-value.js';

/** Measured: the player takes one or two seconds for this much. Complex stickers have a tenth of it. */
const MOST_WORK = 400_000;
const MOST_LAYERS = 2000;
/** Nesting depth of compositions. */
const MOST_COMPOSITIONS = 8;
/** Complex stickers have a few dozen. */
const MOST_MASKS = 200;
/** The cost of placing a layer, even an empty one. */
const LAYER_WORK = 10;
/** The cost of a layer that is drawn to a separate surface of full size: masks, mattes and translucent layers. */
const SURFACE_WORK = 200;

/** Of a layer (https://lottie.github.io/lottie-spec/1.0/specs/layers/): those for drawing and motion, without expressions. */
const KEPT = ['ty', 'ind', 'parent', 'tt', 'tp', 'td', 'hd', 'sr', 'ip', 'op', 'st', 'ks', 'ao', 'bm', 'w', 'h', 'tm'];
const KEPT_OF_SOLIDS = ['sw', 'sh', 'sc'];
const COMPOSITION = 0;
const SOLID = 1;
const NULL_OBJECT = 3;
const SHAPE = 4;

/**
 * Rebuilds the JSON of an animation for the player from the parts that draw lines and areas. Expressions, pictures, texts,
 * fonts, sounds, effects and slots are omitted: stickers have none
 * (https://core.telegram.org/stickers#animation-requirements), and the player would execute, read or fetch them.
 *
 * @param animation - Parsed.
 * @throws {Error} naming the exceeded limit: layers, nested compositions, copies, points.
 */
export function boundedAnimation(animation: unknown): string {
  const { v, fr, ip, op, w, h, layers, assets } = objectOf(animation);
  const compositions = new Compositions(listOf(assets).map(objectOf));
  const main = compositions.bounded(layers);
  if (main.work > MOST_WORK) {
    throw new Error(`drawing a frame takes ${Math.round(main.work)} steps, and ${MOST_WORK} are taken at most`);
  }
  const frame = plainValue({ v: typeof v === 'string' ? v : '5.5.2', fr, ip, op, w, h, ddd: 0 }) as PlainObject;
  return JSON.stringify({ ...frame, assets: compositions.used, layers: main.layers });
}

interface BoundedLayers {
  readonly layers: readonly PlainObject[];
  readonly work: number;
}

/** The compositions of an animation by id, each processed once. */
class Compositions {
  readonly #layersOf = new Map<string, unknown>();
  readonly #known = new Map<string, BoundedLayers & { readonly id: string }>();
  readonly #open: string[] = [];
  #layerCount = 0;
  #maskCount = 0;

  constructor(assets: readonly Readonly<Record<string, unknown>>[]) {
    for (const { id, layers } of assets) {
      if (typeof id === 'string' && Array.isArray(layers) && !this.#layersOf.has(id)) this.#layersOf.set(id, layers);
    }
  }

  /** The referenced compositions, under new names: the player compares names by a short hash. */
  get used(): readonly PlainObject[] {
    return [...this.#known.values()].map(({ id, layers }) => ({ id, layers }));
  }

  bounded(list: unknown): BoundedLayers {
    const sources = listOf(list).map(objectOf);
    this.#layerCount += sources.length;
    if (this.#layerCount > MOST_LAYERS) throw new Error(`it has more than ${MOST_LAYERS} layers`);
    refuseCircles(sources, 'parent');
    refuseCircles(sources, 'tp');
    const layers: PlainObject[] = [];
    let work = 0;
    for (const source of sources) {
      const made = this.#layer(source);
      if (made === undefined) continue;
      layers.push(made.layer);
      work += made.work + LAYER_WORK;
    }
    return { layers, work };
  }

  /** Undefined for a layer without supported content. */
  #layer(
    source: Readonly<Record<string, unknown>>,
  ): { readonly layer: PlainObject; readonly work: number } | undefined {
    const { ty, refId, shapes, masksProperties, tt } = source;
    const kept = pick(source, KEPT);
    const masks = this.#masks(masksProperties);
    const masked = masks.shapes.length === 0 ? {} : { hasMask: true, masksProperties: masks.shapes };
    const surfaces = masks.shapes.length + (tt === undefined ? 0 : 1);
    const outside = masks.work + surfaces * SURFACE_WORK;
    const own = { ...kept, ...masked };
    if (ty === NULL_OBJECT) return { layer: own, work: outside };
    if (ty === SOLID) return { layer: { ...own, ...pick(source, KEPT_OF_SOLIDS) }, work: outside };
    if (ty === SHAPE) {
      const inner = boundedShapes(shapes);
      return { layer: { ...own, shapes: inner.shapes }, work: inner.work + outside };
    }
    if (ty !== COMPOSITION || typeof refId !== 'string') return undefined;
    const inner = this.#composition(refId);
    if (inner === undefined) return undefined;
    return { layer: { ...own, refId: inner.id }, work: inner.work + outside + SURFACE_WORK };
  }

  /** The cost of a mask is that of its path. */
  #masks(list: unknown): { readonly shapes: readonly PlainObject[]; readonly work: number } {
    const masks = listOf(list).map(objectOf);
    this.#maskCount += masks.length;
    if (this.#maskCount > MOST_MASKS) throw new Error(`it has more than ${MOST_MASKS} masks`);
    const paths = boundedShapes(masks.map(({ pt }) => ({ ty: 'sh', ks: pt })));
    return { shapes: masks.map((mask) => eased(plainValue(mask))), work: masks.length === 0 ? 0 : paths.work };
  }

  #composition(refId: string): (BoundedLayers & { readonly id: string }) | undefined {
    const known = this.#known.get(refId);
    if (known !== undefined) return known;
    if (this.#open.includes(refId)) throw new Error('a composition in it contains itself');
    if (this.#open.length >= MOST_COMPOSITIONS)
      throw new Error(`its compositions are nested ${MOST_COMPOSITIONS} deep`);
    const layers = this.#layersOf.get(refId);
    if (layers === undefined) return undefined;
    this.#open.push(refId);
    const bounded = { ...this.bounded(layers), id: `c${this.#known.size}` };
    this.#open.pop();
    this.#known.set(refId, bounded);
    return bounded;
  }
}

function pick(source: Readonly<Record<string, unknown>>, keys: readonly string[]): PlainObject {
  const picked = keys.filter((key) => source[key] !== undefined).map((key) => [key, source[key]]);
  const { ks, ...plain } = plainValue(Object.fromEntries(picked)) as PlainObject;
  return ks === undefined ? plain : { ...plain, ks: eased(ks) };
}

function eased(value: PlainValue): PlainObject {
  return withEasing(withinReach(value), SWINGING) as PlainObject;
}

/** Layers refer to each other by number. With a cycle of parents or mattes the player would not terminate. */
function refuseCircles(layers: readonly Readonly<Record<string, unknown>>[], key: 'parent' | 'tp'): void {
  const next = new Map<number, number[]>();
  for (const { ind, [key]: other } of layers) {
    if (other === undefined) continue;
    const [from, to] = [Math.trunc(Number(ind ?? -1)), Math.trunc(Number(other))];
    next.set(from, [...(next.get(from) ?? []), to]);
  }
  const done = new Set<number>();
  for (const start of next.keys()) walk(start, new Set());

  function walk(at: number, path: Set<number>): void {
    if (path.has(at) || path.size > MOST_COMPOSITIONS * 16)
      throw new Error('its layers hang on each other in a circle');
    if (done.has(at)) return;
    path.add(at);
    for (const to of next.get(at) ?? []) walk(to, path);
    path.delete(at);
    done.add(at);
  }
}
