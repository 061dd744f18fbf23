import { basename, dirname, extname, isAbsolute, join, relative, resolve, sep } from 'node:path';

import { whyNoPath } from '../../archive/checks/unchecked-text.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import type { PlannedReplacement } from './made-table.js';

/** Linux takes paths of 4096 bytes, and no other system longer ones. */
const PATH_MAX_BYTES = 4096;

/**
 * A path that the database of an output folder names. The folder may come from anywhere.
 *
 * @throws {ChatferryError} `ARCHIVE_DAMAGED` for one that leads out of the folder.
 */
export function outputPathOf(value: unknown, database: string): string {
  const reason = whyNoPath(value, PATH_MAX_BYTES);
  if (reason === undefined) return value as string;
  throw new ChatferryError(
    'ARCHIVE_DAMAGED',
    `${database} names a file that cannot be one of its folder: ${reason}. It was not used. Remove the database, or choose another folder.`,
  );
}

/**
 * Whether a plan is one that `process` makes: a copy from the output folder takes the place of a file under its name,
 * beside it. Others are not carried out: they would remove files that nobody meant.
 *
 * @param folder - The output folder, absolute.
 */
export function isOwnPlan({ original, target, copy, aside }: PlannedReplacement, folder: string): boolean {
  if (![original, target, copy, aside].every((path) => isAbsolute(path) && resolve(path) === path)) return false;
  const place = dirname(original);
  const stem = basename(original, extname(original));
  const isAside = basename(aside).startsWith(`.${basename(target)}.`) && /\.[0-9a-f]{12}\.replacing$/.test(aside);
  const made = relative(folder, copy).split(sep).join('/');
  return (
    target === join(place, `${stem}${extname(target)}`) &&
    dirname(aside) === place &&
    isAside &&
    extname(copy) === extname(target) &&
    whyNoPath(made, PATH_MAX_BYTES) === undefined
  );
}

/** Whether a plan is about a file that was named, or that is in a folder that was. @param bases - Absolute. */
export function isNamedPlan({ original, target }: PlannedReplacement, bases: readonly string[]): boolean {
  return bases.some(
    (base) => base === original || base === target || original.startsWith(base.endsWith(sep) ? base : base + sep),
  );
}
