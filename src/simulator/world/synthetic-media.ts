import type { SeededRandom } from './seeded-random.js';

export type SyntheticMediaKind = 'photo' | 'document' | 'video';

const KB = 1000;
const MB = 1000 * KB;

interface Share {
  readonly kind: SyntheticMediaKind;
  /** Proportion of all media. */
  readonly ratio: number;
  readonly minBytes: number;
  readonly maxBytes: number;
}

/** The media of a lively chat. */
const SHARES: readonly [Share, ...Share[]] = [
  { kind: 'photo', ratio: 0.85, minBytes: 50 * KB, maxBytes: 400 * KB },
  { kind: 'document', ratio: 0.12, minBytes: 500 * KB, maxBytes: 3 * MB },
  { kind: 'video', ratio: 0.03, minBytes: 5 * MB, maxBytes: 20 * MB },
];

/** Chooses the kind and the size of one file at random. */
export function synthesizeSize(random: SeededRandom): {
  readonly kind: SyntheticMediaKind;
  readonly sizeBytes: number;
} {
  let rest = random.next();
  const share = SHARES.find(({ ratio }) => (rest -= ratio) < 0) ?? SHARES[0];
  return { kind: share.kind, sizeBytes: boundedPareto(random.next(), share) };
}

/** The bounded Pareto distribution with shape 1.2: many small files and a long tail of large ones. */
function boundedPareto(uniform: number, { minBytes, maxBytes }: Share): number {
  const shape = 1.2;
  const tail = (minBytes / maxBytes) ** shape;
  return Math.round(minBytes / (1 - uniform * (1 - tail)) ** (1 / shape));
}
