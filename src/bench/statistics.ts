/** The middle of the sorted values; of an even number, the mean of the two in the middle. @throws {RangeError} of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  if (upper === undefined || lower === undefined) throw new RangeError('There is no median of no values.');
  return (lower + upper) / 2;
}

/** With three significant digits, as a number: more would claim more than a noisy machine can say. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
