import { stripVTControlCharacters } from 'node:util';

/**
 * Every row that was drawn on a terminal, in order and without control characters. Bars are redrawn by moving the cursor:
 * the first row of a redraw follows the last row of the draw before it without a line break.
 *
 * @param label - What the rows begin with.
 */
export function drawnRows(shown: string, label: string): readonly string[] {
  // eslint-disable-next-line no-control-regex -- The cursor is moved between rows.
  const drawn = shown.split(/[\r\n]|\u001B\[\d*[AGKHJ]/);
  return drawn.map((row) => stripVTControlCharacters(row).trimEnd()).filter((row) => row.startsWith(label));
}
