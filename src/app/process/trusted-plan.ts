import { basename, dirname, extname, isAbsolute, join, relative, resolve, sep } from 'node:path';

import { pathProblem } from '../../archive/checks/unchecked-text.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import type { PlannedReplacement } from './made-table.js';

/** Linux allows paths of 4096 bytes, and no other system longer ones. */
const PATH_MAX_BYTES = 4096;

/**
 * Checks a path from the database of an output folder, which is untrusted.
 *
 * @throws {ChatferryError} `ARCHIVE_DAMAGED` for one that leads out of the folder.
 */
export function outputPathOf(value: unknown, database: string): string {
  const reason = pathProblem(value, PATH_MAX_BYTES);
  if (reason === undefined) return value as string;
  throw new ChatferryError(
    'ARCHIVE_DAMAGED',
    `${database} names a file that cannot be one of its folder: ${reason}. It was not used. Remove the database, or choose another folder.`,
  );
}

/**
 * Whether a plan is one that `process` makes: a copy from the output folder replaces a file of the same name in its
 * folder. Other plans are not carried out, because they could remove arbitrary files.
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
    pathProblem(made, PATH_MAX_BYTES) === undefined
  );
}

/** Whether a plan concerns a named file, or one in a named folder. @param bases - Absolute. */
export function isNamedPlan({ original, target }: PlannedReplacement, bases: readonly string[]): boolean {
  return bases.some(
    (base) => base === original || base === target || original.startsWith(base.endsWith(sep) ? base : base + sep),
  );
}
