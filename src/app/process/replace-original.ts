import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';

import { renameOver, syncDirectory } from '../../disk/durable-file.js';
import { entryAt, isSameEntry } from '../../disk/entry.js';
import { fileError, isSystemError } from '../../disk/file-error.js';
import { copyWhereFree, linkWhereFree, setAttributes } from '../../disk/name-file.js';
import { removeOwnFile } from '../../disk/own-file.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import type { Derivative } from '../../chat/description/derivative.js';
import { hashFile } from '../../media/hash-file.js';
import type { DescribedMedia } from '../../media/media-job.js';
import { identityOf } from './file-identity.js';
import type { PlannedReplacement } from './made-table.js';
import type { OutputFolder } from './output-folder.js';
import type { ReplacedFile } from './processed-media.js';
import { isNamedPlan, isOwnPlan } from './trusted-plan.js';

export interface Replacement {
  /** The path is absolute. The description was read from its bytes. */
  readonly original: DescribedMedia & { readonly path: string };
  /** The mark of the original before it was read. */
  readonly mark: string;
  /** A smaller copy of it in the output folder, from where it is removed. */
  readonly copy: Derivative;
  readonly output: OutputFolder;
  /** The recipe of the copy. */
  readonly recipe: string;
  /** Proves that the copy holds all that the original does. Rejects if it does not. */
  readonly prove: () => Promise<void>;
  /** Describes a file in the same way as the original. */
  readonly describe: (path: string) => Promise<DescribedMedia>;
  readonly signal: AbortSignal;
}

/** Originals are where the user put them, perhaps behind links. */
const THEIRS = { isFolderChosen: true } as const;

/**
 * Replaces an original by its smaller copy: same folder, same name with the extension of the copy, same time. The
 * original is removed only if the copy is proved and durable in its place, and the original is still the file that was
 * read. The plan is recorded first, so that the next run finishes a replacement that a kill interrupted. An existing
 * file with the target name stays, and so do other hard links of the original.
 *
 * @throws {ChatferryError} `FILE_SYSTEM`, `CONTENT_MISMATCH`; the original is then where it was.
 */
export async function replaceOriginal(replacement: Replacement): Promise<ReplacedFile> {
  const { original, mark, copy, output, recipe, prove, describe, signal } = replacement;
  const identity = await identityOf(original.path);
  if (identity?.isLink === true) throw doubt('it is a link, and what it leads to is not touched');
  if (identity?.mark !== mark) throw doubt('it was changed while it was read');
  const folder = dirname(original.path);
  const target = join(folder, `${basename(original.path, extname(original.path))}${extname(copy.path)}`);
  const derivatives = original.derivatives.filter((derivative) => derivative !== copy);
  await prove();
  const described = { ...(await describe(copy.path)), derivatives };
  const plan: PlannedReplacement = {
    original: original.path,
    mark,
    target,
    copy: copy.path,
    sha256: described.sha256,
    aside: join(folder, `.${basename(target)}.${randomBytes(6).toString('hex')}.replacing`),
    data: output.dataOf(described),
    recipe,
  };
  output.table.plan(plan);
  try {
    await putInPlace(plan, signal);
  } catch (cause) {
    await undo(plan);
    output.table.dropPlan(plan.original);
    signal.throwIfAborted();
    if (isSystemError(cause, 'EEXIST')) throw new ChatferryError('FILE_SYSTEM', `${target} already exists.`, { cause });
    throw fileError(cause, 'replace', original.path);
  }
  await output.finishReplacement(plan);
  return { path: target, sizeBytes: described.sizeBytes };
}

export interface EarlierPlans {
  /** From before this run. */
  readonly plans: readonly PlannedReplacement[];
  /** The named files and folders, absolute. */
  readonly bases: readonly string[];
}

/**
 * Finishes or undoes the plans of a killed run for files that are named now. The output folder is untrusted, so other
 * plans in it are left alone.
 *
 * @throws {ChatferryError} `FILE_SYSTEM`
 */
export async function finishReplacements(
  output: OutputFolder,
  { plans, bases }: EarlierPlans,
  signal: AbortSignal,
): Promise<void> {
  for (const plan of plans) {
    if (!isNamedPlan(plan, bases) || !isOwnPlan(plan, output.path)) continue;
    try {
      await removeAside(plan);
      if ((await digestOf(plan.target, signal)) !== plan.sha256) {
        output.table.dropPlan(plan.original);
        continue;
      }
      if (plan.target !== plan.original && (await identityOf(plan.original))?.mark === plan.mark) {
        await removeOwnFile(plan.original, THEIRS);
      }
      await syncDirectory(dirname(plan.target));
      await output.finishReplacement(plan);
    } catch (cause) {
      signal.throwIfAborted();
      throw fileError(cause, 'replace', plan.original);
    }
  }
}

async function putInPlace(plan: PlannedReplacement, signal: AbortSignal): Promise<void> {
  const { original, target, copy } = plan;
  const folder = dirname(target);
  await setAttributes(copy, await stat(original), THEIRS);
  if (target === original) {
    const ready = await bringBeside(plan, signal);
    await requireUnchanged(plan);
    await renameOver(ready, target);
    await syncDirectory(folder);
    return;
  }
  await linkBeside(plan, signal); // Not a rename, which would replace an existing file.
  await syncDirectory(folder);
  await requireUnchanged(plan);
  await removeOwnFile(original, THEIRS);
  await syncDirectory(folder);
}

async function linkBeside(plan: PlannedReplacement, signal: AbortSignal): Promise<void> {
  const { target, copy, aside } = plan;
  if (await linkWhereFree(copy, target)) return;
  await copyAside(plan, signal);
  if (!(await linkWhereFree(aside, target))) {
    if ((await identityOf(target)) !== undefined) throw new ChatferryError('FILE_SYSTEM', `${target} already exists.`);
    await renameOver(aside, target);
  }
  await removeOwnFile(aside, THEIRS);
}

/** @returns The path of the copy on the file system of the original. */
async function bringBeside(plan: PlannedReplacement, signal: AbortSignal): Promise<string> {
  const { copy, aside } = plan;
  if (await linkWhereFree(copy, aside)) return aside;
  await copyAside(plan, signal);
  return aside;
}

/** Copies from another file system, and verifies that the bytes are those that were proved. */
async function copyAside({ copy, aside, sha256 }: PlannedReplacement, signal: AbortSignal): Promise<void> {
  await copyWhereFree(copy, aside);
  await setAttributes(aside, await stat(copy), THEIRS);
  if ((await digestOf(aside, signal)) !== sha256) throw doubt(`its copy is incomplete at ${aside}`);
}

async function requireUnchanged({ original, mark }: PlannedReplacement): Promise<void> {
  if ((await identityOf(original))?.mark !== mark) throw doubt('it was changed while its copy was made');
}

/** Removes the files that were created beside an original that stays. */
async function undo(plan: PlannedReplacement): Promise<void> {
  await removeAside(plan);
  const { target, original, copy } = plan;
  if (target === original) return;
  const [put, own, still] = await Promise.all([target, copy, original].map((path) => entryAt(path)));
  // Removes only the copy itself, and only if the original exists.
  if (put !== undefined && own !== undefined && isSameEntry(put, own) && still !== undefined)
    await removeOwnFile(target, THEIRS);
}

async function removeAside({ aside }: PlannedReplacement): Promise<void> {
  const found = await entryAt(aside).catch(() => undefined);
  if (found?.kind === 'file') await removeOwnFile(aside, THEIRS);
}

async function digestOf(path: string, signal: AbortSignal): Promise<string | undefined> {
  const found = await entryAt(path);
  return found?.kind === 'file' ? (await hashFile(path, signal)).sha256 : undefined;
}

function doubt(reason: string): ChatferryError {
  return new ChatferryError('CONTENT_MISMATCH', reason);
}
