import { relative } from 'node:path';

import { printableLine } from '../../text/printable.js';

/** A path as people write it: relative where it lies below the working directory, else as it is. */
export function shortPath(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short.startsWith('..') ? path : short;
}

/** As {@link shortPath}, to be printed. */
export function printablePath(path: string, cwd: string): string {
  return printableLine(shortPath(path, cwd));
}
