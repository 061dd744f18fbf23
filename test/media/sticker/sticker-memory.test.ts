import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { STICKER_BYTES } from '../../../src/media/image/animated-sticker.js';
import { describeMedia } from '../../../src/media/describe-media.js';
import { MediaWorkers } from '../../../src/media/workers/media-workers.js';
import { boundedAnimation } from '../../../src/media/sticker/bounded-animation.js';
import { drawFrame } from '../../../src/media/sticker/draw-frame.js';
import { withLimitedMemory } from '../../../src/media/sticker/limited-memory.js';
import { Stage } from '../stage.js';
import { animation, type Piece, rectangle, red, repeater, shapeLayer, square, still } from './hostile-stickers.js';

const never = new AbortController().signal;
/** A worker has 85 MB without a job, and some 40 more where the loader of TypeScript is in it. */
const MOST_BYTES = 300e6;

let stage: Stage;
let workers: MediaWorkers;

beforeAll(async () => {
  stage = await Stage.open();
  workers = new MediaWorkers({ count: 1, ffmpeg: undefined });
});

afterAll(async () => {
  await workers[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
});

/** From one value to another and back, and on the way as far beyond them as the handles say. */
const swinging = (from: number, to: number, y: unknown): Piece => {
  const handles = { o: { x: [0.3], y: [y] }, i: { x: [0.6], y: [y] } };
  return {
    a: 1,
    k: [
      { t: 0, s: [from], ...handles },
      { t: 180, s: [to], ...handles },
      { t: 360, s: [from] },
    ],
  };
};
const star = (pt: Piece): Piece => ({
  ty: 'sr',
  sy: 1,
  d: 1,
  pt,
  p: still([0, 0]),
  r: still(0),
  or: still(100),
  os: still(0),
  ir: still(50),
  is: still(0),
});
const dashed = (dash: Piece, width = 2): Piece => ({
  ty: 'st',
  c: still([1, 0, 0, 1]),
  o: still(100),
  w: still(width),
  lc: 1,
  lj: 1,
  d: ['d', 'g'].map((n) => ({ n, v: dash })),
});
const times = <Item>(count: number, make: (at: number) => Item): readonly Item[] =>
  Array.from({ length: count }, (_, at) => make(at));
const curves = (count: number): Piece => ({
  ty: 'sh',
  ks: still({
    c: true,
    v: times(count, (at) => [Math.sin(at) * 1e6, Math.cos(at * 7) * 1e6]),
    i: times(count, () => [1e5, -1e6]),
    o: times(count, () => [-1e6, 1e5]),
  }),
});
const drawing = (...shapes: readonly Piece[]): Piece => animation([shapeLayer(shapes)]);
const masked = (count: number, more: Piece = {}): Piece =>
  animation([
    square({
      hasMask: true,
      masksProperties: times(count, () => ({ inv: true, mode: 'a', pt: curves(3)['ks'], o: still(50) })),
      ...more,
    }),
  ]);

/** Undefined: it is drawn. */
const HEAVY: readonly (readonly [kind: string, sticker: Piece, reason: RegExp | undefined])[] = [
  ['a star whose points swing far beyond', drawing(star(swinging(5, 5000, 1000)), red), undefined],
  ['a star whose points swing by a text', drawing(star(swinging(5, 5000, '1000')), red), undefined],
  ['copies that swing far beyond', drawing(rectangle(), red, repeater(swinging(1, 900, 900))), undefined],
  ['many dashes', drawing(...times(300, (at) => rectangle(1e6 - at)), dashed(still(1))), /steps/],
  ['dashes that swing to nothing', drawing(rectangle(400), dashed(swinging(1, 1000, -500))), undefined],
  [
    'dashes over a group made larger',
    drawing({ ty: 'gr', it: [rectangle(200), { ty: 'tr', s: still([20_000, 20_000]) }] }, dashed(still(1))),
    /steps/,
  ],
  [
    'many outlines at a distance',
    drawing(...times(2000, () => rectangle(300)), { ty: 'op', a: still(1e6), lj: 2, ml: still(4) }, red),
    /steps/,
  ],
  ['very broad lines', drawing(...times(2000, () => rectangle(1e6)), { ...dashed(still(0), 1e6) }), /steps/],
  ['curves far out', drawing(curves(20_000), red), /steps/],
  [
    'a mask of very many points',
    animation([square({ hasMask: true, masksProperties: [{ mode: 's', pt: curves(20_000)['ks'], o: still(50) }] })]),
    /steps/,
  ],
  ['1,900 masks', masked(1900), /masks/],
  ['1,900 masks of what draws nothing', masked(1900, { ty: 3 }), /masks/],
  [
    'a gradient of a million colours',
    drawing(rectangle(), {
      ty: 'gf',
      o: still(100),
      r: 1,
      t: 1,
      s: still([0, 0]),
      e: still([10, 0]),
      g: { p: 1e6, k: still([0, 1, 0, 0, 1, 1, 0, 0]) },
    }),
    undefined,
  ],
  [
    'very many keyframes',
    animation([square({ ks: { o: { a: 1, k: times(150_000, (at) => ({ t: at, s: [at % 9] })) } } })]),
    /values/,
  ],
];

describe('the memory of a worker that draws a sticker', () => {
  it.each(HEAVY)('stays small with %s', async (kind, sticker, reason) => {
    const path = await stage.put(`${kind.replaceAll(/\W/g, '-')}.tgs`, gzipSync(JSON.stringify(sticker)));
    const described = await workers.run(stage.job(path), never);
    const reasons = described.problems.map((problem) => problem.reason);
    if (reason === undefined) {
      expect(reasons).toEqual([]);
      expect(described.derivatives).toHaveLength(1);
    } else expect(reasons).toEqual([expect.stringMatching(reason)]);
    if (process.platform === 'linux') expect(await peakBytesOf(workers.pids[0] ?? 0)).toBeLessThan(MOST_BYTES);
  });

  it('is limited in the player itself, whatever it is given', async () => {
    const json = JSON.stringify(drawing(...times(300, (at) => rectangle(1e6 - at)), dashed(still(1))));
    const beforeBytes = process.memoryUsage.rss();
    let maxBytes = 0;
    const watch = setInterval(() => (maxBytes = Math.max(maxBytes, process.memoryUsage.rss())), 5);
    await expect(drawFrame({ json, size: { width: 64, height: 64 }, shares: [1 / 3] })).rejects.toThrow(/memory/);
    clearInterval(watch);
    expect(maxBytes - beforeBytes).toBeLessThan(STICKER_BYTES);
  });

  it('is asked for before a sticker is read, and granted so far', async () => {
    const path = await stage.put('asked.tgs', gzipSync(JSON.stringify(animation([square()]))));
    const asked: unknown[] = [];
    const admit = (...need: readonly unknown[]): Promise<void> => Promise.resolve(void asked.push(need));
    await describeMedia(stage.job(path), { ffmpeg: undefined, workFolder: stage.root, signal: never, admit });
    expect(asked).toEqual([[STICKER_BYTES, true]]);
  });
});

/** Resident at most since it was started: the largest of all stickers that it has drawn. */
async function peakBytesOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}

describe('easing', () => {
  const yIn = (sticker: Piece): readonly string[] => boundedAnimation(sticker).match(/"y":\[[^\]]*\]/g) ?? [];

  it('stays between its ends in what multiplies the work', () => {
    const sticker = drawing(star(swinging(5, 9, 1.5)), red, repeater(swinging(1, 9, -3)), dashed(swinging(5, 9, -3)));
    expect(new Set(yIn(sticker))).toEqual(new Set(['"y":[0]', '"y":[1]']));
  });

  it('swings in what is moved, and not farther than the way itself', () => {
    expect(yIn(drawing({ ...rectangle(), r: swinging(0, 9, 1.5) }, red))).toContain('"y":[1.5]');
    expect(yIn(drawing({ ...rectangle(), r: swinging(0, 9, 1000) }, red))).toContain('"y":[2]');
  });
});

/** Of WebAssembly, of which Node's types say little. */
interface GrowingMemory {
  /** Returns how many pages there were. */
  readonly grow: (pages: number) => number;
}
interface Engine {
  readonly Module: new (program: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: { readonly m: GrowingMemory } };
}

describe('a program with limited memory', () => {
  const program = Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0, 5, 3, 1, 0, 2, 7, 5, 1, 1, 109, 2, 0]);
  const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: Engine }).WebAssembly;
  const memoryOf = (bytes: Uint8Array): GrowingMemory => new Instance(new Module(bytes)).exports.m;

  it('grows to its limit and no further', () => {
    expect(memoryOf(program).grow(500)).toBe(2);
    const memory = memoryOf(withLimitedMemory(program, 300 * 65_536 + 1));
    expect(memory.grow(298)).toBe(2);
    expect(() => memory.grow(1)).toThrow(RangeError);
  });

  it('is refused where it has no memory of its own', () => {
    expect(() => withLimitedMemory(program.subarray(0, 8), 1e6)).toThrow(/no memory/);
  });
});
