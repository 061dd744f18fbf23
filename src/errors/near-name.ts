/**
 * The one of `names` that `written` was probably meant to be: few typing errors for its length, ignoring case.
 *
 * @returns `undefined` when none is near.
 */
export function nearName(written: string, names: Iterable<string>): string | undefined {
  // Up to one error in four characters, and three in all; with more, it is another word.
  const patience = Math.min(3, Math.max(1, Math.floor(written.length / 4)));
  let nearest: string | undefined;
  let nearestDistance = patience + 1;
  for (const name of names) {
    const distance = editDistance(written.toLowerCase(), name.toLowerCase());
    if (distance < nearestDistance) [nearest, nearestDistance] = [name, distance];
  }
  return nearest;
}

/**
 * Insertions, deletions, replacements and swaps of neighbours that make `from` into `to` (optimal string alignment).
 * Counted in UTF-16 code units.
 */
export function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1];
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
        swapped ? at(beforeLast, column - 2) + 1 : Infinity,
      );
    }
    [beforeLast, last] = [last, current];
  }
  return at(last, to.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
