/** Pieces of Lottie (https://lottie.github.io/lottie-spec) of which tests make stickers. */
export type Piece = Readonly<Record<string, unknown>>;

export const still = (value: unknown, more: Piece = {}): Piece => ({ a: 0, k: value, ...more });
export const rectangle = (side: unknown = 200): Piece => ({
  ty: 'rc',
  d: 1,
  s: still([side, side]),
  p: still([0, 0]),
  r: still(0),
});
export const red: Piece = { ty: 'fl', c: still([1, 0, 0, 1]), o: still(100) };
const transform: Piece = { p: still([0, 0]), a: still([0, 0]), s: still([100, 100]), r: still(0), o: still(100) };
export const group = (...items: readonly unknown[]): Piece => ({
  ty: 'gr',
  it: [...items, { ty: 'tr', ...transform }],
});
export const repeater = (copies: unknown): Piece => ({
  ty: 'rp',
  c: copies,
  o: still(0),
  m: 1,
  tr: {
    ty: 'tr',
    p: still([1, 0]),
    a: still([0, 0]),
    s: still([100, 100]),
    r: still(0),
    so: still(100),
    eo: still(100),
  },
});
export const placed = (more: Piece = {}): Piece => ({
  ...transform,
  p: still([256, 256, 0]),
  a: still([0, 0, 0]),
  s: still([100, 100, 100]),
  ...more,
});
export const shapeLayer = (shapes: readonly unknown[], more: Piece = {}): Piece => ({
  ddd: 0,
  ind: 1,
  ty: 4,
  ks: placed(),
  ip: 0,
  op: 180,
  st: 0,
  shapes,
  ...more,
});
export const composition = (refId: string, more: Piece = {}): Piece => ({
  ty: 0,
  refId,
  w: 512,
  h: 512,
  ks: { ...placed(), p: still([0, 0, 0]) },
  ip: 0,
  op: 180,
  st: 0,
  ...more,
});
export const animation = (layers: readonly unknown[], more: Piece = {}): Piece => ({
  tgs: 1,
  v: '5.5.2',
  fr: 60,
  ip: 0,
  op: 180,
  w: 512,
  h: 512,
  ddd: 0,
  assets: [],
  layers,
  ...more,
});
/** A red square, in the middle. */
export const square = (more: Piece = {}): Piece => shapeLayer([group(rectangle(), red)], more);
