/**
 * Groups the items of an iterator, so that a group can be processed together. The iterator is read one group at a time.
 *
 * @param size - Items in a group, at least 1. The last group may have fewer.
 */
export function* inBatches<T>(items: Iterable<T>, size: number): Generator<readonly T[], void, undefined> {
  let batch: T[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
