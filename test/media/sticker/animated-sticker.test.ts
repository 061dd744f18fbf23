import { gzipSync } from 'node:zlib';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { DescribedMedia } from '../../../src/media/media-job.js';
import { boundedAnimation } from '../../../src/media/sticker/bounded-animation.js';
import { drawFrame } from '../../../src/media/sticker/draw-frame.js';
import { stickerTgs } from '../../../src/simulator/demo/sticker.js';
import { colourAt, distance, madeOf, Stage } from '../stage.js';
import {
  animation,
  composition,
  group,
  type Piece,
  placed,
  rectangle,
  red,
  repeater,
  shapeLayer,
  square,
  still,
} from './hostile-stickers.js';

let stage: Stage;
let count = 0;

beforeAll(async () => {
  stage = await Stage.open();
});

afterAll(() => stage[Symbol.asyncDispose]());

async function describeSticker(content: unknown): Promise<DescribedMedia> {
  count += 1;
  const json = typeof content === 'string' ? content : JSON.stringify(content);
  return stage.describe(await stage.put(`${count}.tgs`, gzipSync(json)));
}

/** In the middle of its thumbnail. */
async function expectRed(thumbnail: string): Promise<void> {
  expect(distance(await colourAt(thumbnail, 0.5, 0.5), [255, 0, 0, 255])).toBeLessThan(8);
}

const SIZE = { width: 64, height: 64 };
/** Draws what a stranger wrote as it is: what the player would do with it. */
const drawAsItIs = (content: Piece, timeoutMs = 3000): Promise<Uint8Array | undefined> =>
  drawFrame({ json: JSON.stringify(content), size: SIZE, shares: [1 / 3], timeoutMs });

const ENDLESS = 'while(true){}';
/** Makes whatever it is written to zero. */
const ZERO = 'var $bm_rt; $bm_rt = 0;';
const CLEAR = 'var $bm_rt; $bm_rt = [0, 0, 0];';

/** The middle, with x and y as properties of their own. */
const apart = (more: Piece = {}): Piece => ({ s: true, x: still(256, more), y: still(256, more) });

/** Every place of a sticker in which a text under `x` is an expression. */
const withExpression = (x: string): readonly (readonly [place: string, sticker: Piece])[] => {
  const asset = { id: 'a', layers: [square({ ks: placed({ o: still(100, { x }) }) })] };
  return [
    ['the opacity of a layer', animation([square({ ks: placed({ o: still(100, { x }) }) })])],
    ['the rotation of a layer', animation([square({ ks: placed({ r: still(0, { x }) }) })])],
    ['the scale of a layer', animation([square({ ks: placed({ s: still([100, 100, 100], { x }) }) })])],
    ['a size', animation([shapeLayer([group({ ...rectangle(), s: still([200, 200], { x }) }, red)])])],
    ['a fill', animation([shapeLayer([group(rectangle(), { ...red, o: still(100, { x }) })])])],
    ['a composition', animation([composition('a')], { assets: [asset] })],
    [
      'moving values',
      animation([
        square({
          ks: placed({
            o: {
              a: 1,
              k: [
                { t: 0, s: [100], x },
                { t: 90, s: [100] },
              ],
              x,
            },
          }),
        }),
      ]),
    ],
    ['copies', animation([shapeLayer([group(rectangle(), red, repeater(still(2, { x })))])])],
    ['a position in two parts', animation([square({ ks: placed({ p: apart({ x }) }) })])],
    [
      'a slot',
      animation([square({ ks: placed({ o: still(100, { sid: 's' }) }) })], { slots: { s: { p: still(100, { x }) } } }),
    ],
    [
      'a name behind which the player reads no further',
      animation([square({ ks: placed({ o: still(100, { ['x\0y']: x }) }) })]),
    ],
    [
      'an effect',
      animation([
        square({ ef: [{ ty: 5, ef: [{ ty: 0, v: still(100, { x }) }] }], ks: placed({ o: still(100, { x }) }) }),
      ]),
    ],
  ];
};

describe('an animated sticker', () => {
  it('is drawn, with its size and duration', async () => {
    const described = await describeSticker(animation([square()]));
    expect(described.facts).toMatchObject({ width: 512, height: 512, durationSeconds: 3, isAnimated: true });
    await expectRed(madeOf(described, 'thumbnail'));
  });

  it('is drawn the same as it would be without bounds', async () => {
    const { gunzipSync } = await import('node:zlib');
    const harmless = JSON.parse(gunzipSync(stickerTgs()).toString('utf8')) as Piece;
    const whole = await drawAsItIs(harmless, 10_000);
    const bounded = await drawFrame({ json: boundedAnimation(harmless), size: SIZE, shares: [1 / 3] });
    expect(whole?.some((value) => value > 0)).toBe(true);
    expect(bounded).toEqual(whole);
  });
});

it('a position whose x and y are apart is kept', async () => {
  await expectRed(madeOf(await describeSticker(animation([square({ ks: placed({ p: apart() }) })])), 'thumbnail'));
});

describe('an expression in a sticker', () => {
  it('would run in the player, so that these tests can tell', async () => {
    const [, opacity] = withExpression(ZERO)[0] ?? [];
    expect(await drawAsItIs(opacity ?? {})).toBeUndefined();
    await expect(
      drawAsItIs(animation([square({ ks: placed({ o: still(100, { x: ENDLESS }) }) })]), 1500),
    ).rejects.toMatchObject({ code: 'TIMEOUT' });
    await expect(
      drawAsItIs(animation([square({ ks: placed({ o: still(100, { ['x\0y']: ENDLESS }) }) })]), 1500),
    ).rejects.toMatchObject({ code: 'TIMEOUT' });
  }, 30_000);

  it.each([...withExpression(ENDLESS), ...withExpression(ZERO), ...withExpression(CLEAR)])(
    'does not run in %s',
    async (place, sticker) => {
      const startedMs = performance.now();
      const described = await describeSticker(sticker);
      expect(performance.now() - startedMs).toBeLessThan(8000);
      if (place.includes('no further')) {
        expect(described.problems).toEqual([
          { work: 'thumbnail', reason: 'The sticker is not drawn: it has a NUL in a name.' },
        ]);
      } else {
        await expectRed(madeOf(described, 'thumbnail'));
      }
    },
  );

  it('is not seen by the player when it is written twice, or spelled by escapes', async () => {
    const text = JSON.stringify(animation([square()]));
    const spelled = text.replace(
      '"o":{"a":0,"k":100}',
      '"o":{"a":0,"k":100,"\\u0078":"while(true){}","x":1,"x":"while(true){}"}',
    );
    expect(spelled).not.toBe(text);
    await expectRed(madeOf(await describeSticker(spelled), 'thumbnail'));
  });
});

const moving = (...values: readonly number[]): Piece => ({
  a: 1,
  k: values.map((value, at) => ({ t: at * 10, s: [value] })),
});
const nested = (depth: number, inner: Piece): Piece => (depth === 0 ? inner : group(nested(depth - 1, inner)));
const chain = (depth: number): readonly Piece[] =>
  Array.from({ length: depth }, (_, at) => ({
    id: String(at),
    layers: at === depth - 1 ? [square()] : Array.from({ length: 10 }, () => composition(String(at + 1))),
  }));
const points = (many: number): readonly (readonly number[])[] =>
  Array.from({ length: many }, (_, at) => [(at * 7919) % 500, (at * 104_729) % 500]);
const path = (many: number): Piece => ({
  ty: 'sh',
  ks: still({ c: true, v: points(many), i: points(many), o: points(many) }),
});

/** What is refused, and why. */
const OVER: readonly (readonly [kind: string, sticker: Piece | string, reason: RegExp])[] = [
  [
    'a repeater with a million copies',
    animation([shapeLayer([group(rectangle(), red, repeater(still(1e6)))])]),
    /copies/,
  ],
  ['copies that grow', animation([shapeLayer([group(rectangle(), red, repeater(moving(1, 5000)))])]), /copies/],
  ['copies as a text', animation([shapeLayer([group(rectangle(), red, repeater(still('1000000')))])]), /copies/],
  [
    'repeaters beside each other',
    animation([shapeLayer([group(rectangle(), red, repeater(still(500)), repeater(still(500)))])]),
    /steps/,
  ],
  [
    'repeaters in each other',
    animation([
      shapeLayer([
        group(group(group(rectangle(), red, repeater(still(100))), repeater(still(100))), repeater(still(100))),
      ]),
    ]),
    /steps/,
  ],
  [
    'repeated compositions',
    animation([composition('a'), composition('a'), composition('a')], {
      assets: [{ id: 'a', layers: [shapeLayer([group(rectangle(), red, repeater(still(900)), repeater(still(9)))])] }],
    }),
    /steps/,
  ],
  [
    'a composition that contains itself',
    animation([composition('a')], { assets: [{ id: 'a', layers: [composition('a')] }] }),
    /contains itself/,
  ],
  [
    'compositions that contain each other',
    animation([composition('a')], {
      assets: [
        { id: 'a', layers: [composition('b')] },
        { id: 'b', layers: [composition('a')] },
      ],
    }),
    /contains itself/,
  ],
  ['ten compositions in each of seven', animation([composition('0')], { assets: chain(7) }), /steps/],
  ['compositions without end', animation([composition('0')], { assets: chain(40) }), /nested/],
  ['groups without end', animation([shapeLayer([nested(60, rectangle())])]), /deep/],
  [
    'values without end',
    JSON.stringify(animation([square({ ks: 'deep' })])).replace(
      '"deep"',
      `${'{"k":'.repeat(5000)}0${'}'.repeat(5000)}`,
    ),
    /nested too deeply/,
  ],
  ['too many layers', animation(Array.from({ length: 5000 }, () => square())), /layers/],
  [
    'a path of very many points, painted often',
    animation([shapeLayer([group(path(40_000), ...Array.from({ length: 10 }, () => red))])]),
    /steps/,
  ],
  [
    'very many trimmed paths',
    animation([
      shapeLayer([
        group(
          ...Array.from({ length: 2000 }, () => rectangle()),
          ...Array.from({ length: 2000 }, () => ({ ty: 'tm', s: still(0), e: still(50), o: still(0) })),
          red,
        ),
      ]),
    ]),
    /steps/,
  ],
  [
    'a star of a million points',
    animation([
      shapeLayer([
        group(
          {
            ty: 'sr',
            sy: 1,
            pt: still(1e6),
            p: still([0, 0]),
            or: still(100),
            ir: still(50),
            r: still(0),
            is: still(0),
            os: still(0),
          },
          red,
        ),
      ]),
    ]),
    /steps/,
  ],
  [
    'very many masks',
    animation(
      Array.from({ length: 40 }, (_, ind) =>
        square({
          ind,
          masksProperties: Array.from({ length: 100 }, () => ({
            mode: 'a',
            pt: still({ c: true, v: points(4), i: points(4), o: points(4) }),
            o: still(100),
          })),
        }),
      ),
    ),
    /masks/,
  ],
  ['very many mattes', animation(Array.from({ length: 1990 }, (_, ind) => square({ ind, tt: 1 }))), /steps/],
  [
    'layers that hang on each other',
    animation([square({ ind: 1, parent: 2 }), square({ ind: 2, parent: 1 })]),
    /circle/,
  ],
  ['a layer that is cut by itself', animation([square({ ind: 1, tt: 1, tp: 1 })]), /circle/],
  ['a number out of bounds', animation([shapeLayer([group(rectangle(1e300), red)])]), /number out of bounds/],
];

/** A text that packs well, and yet not so well that its first bytes say what comes. */
function longText(length: number): string {
  const rows = Array.from({ length: length / 200 }, (_, at) => ((at * 2_654_435_761) >>> 0).toString(16).padEnd(200));
  return rows.join('');
}

describe('a sticker that would take too much', () => {
  it.each(OVER)('is refused with %s, and its size is still told', async (_kind, sticker, reason) => {
    const startedMs = performance.now();
    const described = await describeSticker(sticker);
    expect(performance.now() - startedMs).toBeLessThan(5000);
    expect(described.problems).toEqual([{ work: 'thumbnail', reason: expect.stringMatching(reason) as string }]);
    expect(described.facts).toMatchObject({ width: 512, height: 512 });
    expect(described.derivatives).toEqual([]);
  });

  it.each<[string, string | Piece, RegExp]>([
    ['ends before it begins', animation([square()], { ip: 10, op: 5 }), /end/],
    ['has an end that no clock reaches', animation([square()], { op: 1e15 }), /op/],
    ['has no frames', animation([square()], { fr: 0 }), /fr/],
    ['is larger than any screen', animation([square()], { w: 1e6 }), /w/],
    ['unpacks to very much', animation([square()], { nm: longText(9 * 1024 * 1024) }), /larger than|maxOutput|buffer/i],
  ])('is not read when it %s', async (_kind, sticker, reason) => {
    const described = await describeSticker(sticker);
    expect(described.problems).toEqual([{ work: 'facts', reason: expect.stringMatching(reason) as string }]);
  });

  it('is given up after its time, and the next one is drawn', async () => {
    const startedMs = performance.now();
    const sticker = JSON.stringify(animation([square({ ks: placed({ o: still(100, { x: ENDLESS }) }) })]));
    await expect(drawFrame({ json: sticker, size: SIZE, shares: [0], timeoutMs: 700 })).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    expect(performance.now() - startedMs).toBeLessThan(5000);
    expect(await drawFrame({ json: JSON.stringify(animation([square()])), size: SIZE, shares: [0] })).toBeDefined();
  });
});

/** What is drawn without: nothing of it is in what the player gets. */
const LEFT_OUT: readonly (readonly [kind: string, sticker: Piece])[] = [
  [
    'pictures',
    animation([square(), { ty: 2, refId: 'i', ks: placed(), ip: 0, op: 180 }], {
      assets: [{ id: 'i', u: 'http://canary.example/', p: 'canary.png', w: 9, h: 9 }],
    }),
  ],
  [
    'embedded pictures',
    animation([square(), { ty: 2, refId: 'i', ks: placed() }], {
      assets: [{ id: 'i', e: 1, p: 'data:image/png;base64,canary' }],
    }),
  ],
  [
    'texts and fonts',
    animation([square(), { ty: 5, ks: placed(), t: { d: { k: [{ s: { t: 'canary', f: 'canary' } }] } } }], {
      fonts: { list: [{ fName: 'canary', fPath: 'http://canary.example' }] },
      chars: [{ ch: 'canary' }],
    }),
  ],
  ['sounds', animation([square(), { ty: 6, refId: 'canary', ks: placed() }])],
  [
    'effects',
    animation([
      square({
        ef: [{ ty: 29, nm: 'canary', ef: [{ ty: 0, v: still(1e6) }] }],
        sy: [{ ty: 1, nm: 'canary', s: still(1e6) }],
      }),
    ]),
  ],
  [
    'slots',
    animation([square({ ks: placed({ o: still(100, { sid: 'canary' }) }) })], { slots: { canary: { p: still(0) } } }),
  ],
  [
    'names and markers',
    animation([square({ nm: 'canary', cl: 'canary' })], { meta: { a: 'canary' }, markers: [{ cm: 'canary' }] }),
  ],
  ['compositions that are not there', animation([square(), composition('canary')])],
];

describe('what no sticker needs', () => {
  it.each(LEFT_OUT)('is not given to the player: %s', async (_kind, sticker) => {
    expect(boundedAnimation(sticker)).not.toMatch(/canary|1000000|"ty":[256]\b/);
    await expectRed(madeOf(await describeSticker(sticker), 'thumbnail'));
  });

  it('is dashes too short to be seen: the line is drawn', async () => {
    const line = (dash: number): Piece => ({
      ty: 'st',
      c: still([1, 0, 0, 1]),
      o: still(100),
      w: still(400),
      lc: 1,
      lj: 1,
      d: ['d', 'g'].map((n) => ({ n, v: still(dash) })),
    });
    const sticker = (dash: number): Piece => animation([shapeLayer([group(rectangle(), line(dash))])]);
    expect(boundedAnimation(sticker(10))).toContain('"n":"g"');
    expect(boundedAnimation(sticker(0.0001))).not.toContain('"n":"g"');
    await expectRed(madeOf(await describeSticker(sticker(0.0001)), 'thumbnail'));
  });
});
