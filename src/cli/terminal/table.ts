import Table from 'cli-table3';
import stringWidth from 'string-width';

import { printableLine } from '../../text/printable.js';

export interface TableColumn {
  readonly head: string;
  /** @defaultValue `left` */
  readonly align?: 'left' | 'right';
  /**
   * What becomes of its texts where the table is wider than the screen: they are cut with `…`, or go on in further lines.
   *
   * @defaultValue neither
   */
  readonly narrows?: 'cut' | 'wrap';
}

export interface TableOptions {
  readonly columns: readonly TableColumn[];
  /** Texts, one for each column. Untrusted: what could harm a terminal is taken out. */
  readonly rows: readonly (readonly string[])[];
  /** Characters in a line. @defaultValue unlimited */
  readonly width?: number;
}

/** Between two columns. */
const GAP = '  ';
/** Of one cell: more than the longest path that a system takes. */
const MOST_CHARACTERS = 5000;
/** A column that gets narrower keeps so many characters. */
const LEAST_WIDTH = 8;

/** A table without frames, its columns aligned by the width that characters have on a screen (CJK, emoji). */
export function renderTable({ columns, rows, width = Infinity }: TableOptions): string {
  const texts = rows.map((row) => row.map(cellText));
  const colWidths = narrowed(columns, texts, width);
  const table = new Table({
    head: columns.map(({ head }) => head),
    colAligns: columns.map(({ align = 'left' }) => align),
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: GAP,
    },
    ...(colWidths === undefined ? {} : { colWidths: [...colWidths] }),
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
  });
  const wraps = (index: number): boolean => columns[index]?.narrows === 'wrap';
  table.push(...texts.map((row) => row.map((content, index) => ({ content, wordWrap: wraps(index) }))));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** A reason or a title of an archive from elsewhere may have megabytes, which the table would be laid out for. */
function cellText(text: string): string {
  return printableLine(text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text);
}

/** The width of each column where the table has to get narrower; undefined where it fits as it is. */
function narrowed(
  columns: readonly TableColumn[],
  texts: readonly (readonly string[])[],
  width: number,
): readonly number[] | undefined {
  const natural = columns.map(({ head }, index) =>
    Math.max(stringWidth(head), ...texts.map((row) => stringWidth(row[index] ?? ''))),
  );
  let excess = natural.reduce((sum, each) => sum + each, GAP.length * (columns.length - 1)) - width;
  if (excess <= 0) return undefined;
  const widths = [...natural];
  for (; excess > 0; excess -= 1) {
    const widest = widestOf(columns, widths);
    if (widest === undefined) break; // The screen is too narrow for any table: lines are broken by the terminal.
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

/** Of the columns that may get narrower. */
function widestOf(columns: readonly TableColumn[], widths: readonly number[]): number | undefined {
  let widest: number | undefined;
  for (const [index, width] of widths.entries()) {
    if (columns[index]?.narrows === undefined || width <= LEAST_WIDTH) continue;
    if (widest === undefined || width > (widths[widest] ?? 0)) widest = index;
  }
  return widest;
}
