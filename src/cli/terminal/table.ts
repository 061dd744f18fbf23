import Table from 'cli-table3';

import { printableLine } from './printable.js';

export interface TableColumn {
  readonly head: string;
  /** @defaultValue `left` */
  readonly align?: 'left' | 'right';
}

export interface TableOptions {
  readonly columns: readonly TableColumn[];
  /** Texts, one for each column. Untrusted: what could harm a terminal is taken out. */
  readonly rows: readonly (readonly string[])[];
}

/** A table without frames, its columns aligned by the width that characters have on a screen (CJK, emoji). */
export function renderTable({ columns, rows }: TableOptions): string {
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
      middle: '  ',
    },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
  });
  table.push(...rows.map((row) => row.map(printableLine)));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
