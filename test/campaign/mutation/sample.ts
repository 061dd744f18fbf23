import { SeededRandom } from '../../../src/simulator/world/seeded-random.js';

/** Gives all where there are at most that many; else as many, drawn by the seed, in their order. */
export function sample<Item>(items: readonly Item[], most: number, seed: number): readonly Item[] {
  const random = new SeededRandom(seed);
  const drawn = items.map((item, index) => ({ item, index, rank: random.next() }));
  const first = drawn.toSorted((one, other) => one.rank - other.rank).slice(0, most);
  return first.toSorted((one, other) => one.index - other.index).map(({ item }) => item);
}
