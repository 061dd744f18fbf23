import { z } from 'zod';

import type { SettingKind } from '../setting-kind.js';

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };
const FORM = /^(\d{1,15})\s*([kmgt]?)(?:i?b)?$/i;

export interface ByteSizeOptions {
  /** In bytes, where it is not 0. */
  readonly min: number;
  /** In bytes. */
  readonly max: number;
  readonly zeroMeans: string;
}

/** A number of bytes, as people write it: `8388608`, `8MB`, `8 MiB`. Units are powers of 1,024. */
export function byteSize({ min, max, zeroMeans }: ByteSizeOptions): SettingKind<number> {
  return {
    accepts: `a number of bytes from ${shown(min)} to ${shown(max)}, such as 8388608, 512KB, 8MB or 1GB (units of 1,024); 0 means ${zeroMeans}`,
    schema: z
      .string()
      .transform(bytesOf)
      .pipe(z.number().refine((bytes) => bytes === 0 || (bytes >= min && bytes <= max))),
  };
}

function bytesOf(text: string): number {
  const [, digits, unit = ''] = FORM.exec(text) ?? [];
  return digits === undefined ? NaN : Number(digits) * (UNITS[unit.toLowerCase()] ?? NaN);
}

function shown(bytes: number): string {
  const unit = Object.entries(UNITS).findLast(([, size]) => bytes >= size && bytes % size === 0) ?? ['', 1];
  return `${bytes / unit[1]}${unit[0] === '' ? '' : `${unit[0].toUpperCase()}B`}`;
}
