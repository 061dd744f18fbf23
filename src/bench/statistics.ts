/**
 * The middle of the sorted values; of an even number, the mean of the two in the middle.
 *
 * @throws {RangeError} for an empty list.
 */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  if (upper === undefined || lower === undefined) throw new RangeError('There is no median of no values.');
  return (lower + upper) / 2;
}

/** Rounds to three significant digits, because measurements on a noisy machine are not more precise. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
