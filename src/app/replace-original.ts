import { constants } from 'node:fs';
import { copyFile, link, rename, rm, stat, utimes } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';

import { syncDirectory, syncFile } from '../archive/durable-file.js';
import { ChatferryError, errorMessage } from '../errors/chatferry-error.js';
import type { Derivative } from '../media/derivative.js';
import type { DescribedMedia } from '../media/media-job.js';

/** Seconds by which a smaller film or song may be shorter or longer: codecs fill their last frame. */
const DURATION_SLACK_SECONDS = 1;

export interface Replacement {
  /** Absolute. What it is by its bytes was read from it. */
  readonly original: DescribedMedia & { readonly path: string };
  /** A smaller copy of it, which is taken away from where it is. */
  readonly copy: Derivative;
  /** Says what a file is, as it was said of the original. */
  readonly describe: (path: string) => Promise<DescribedMedia>;
}

/** The file that is there now. */
export interface ReplacedFile {
  readonly path: string;
  readonly sizeBytes: number;
}

/**
 * Puts a smaller copy in the place of its original: same folder, same name, the extension of what it is now, the same
 * time. The original goes when the copy is durable there and was read from there as the same medium; until then it stays.
 * A file that is in the way stays, and so does another name of the original (hard link).
 *
 * @throws {ChatferryError} `FILE_SYSTEM`, `CONTENT_MISMATCH`; both files are then where they were.
 */
export async function replaceOriginal({ original, copy, describe }: Replacement): Promise<ReplacedFile> {
  const folder = dirname(original.path);
  const target = join(folder, `${basename(original.path, extname(original.path))}${extname(copy.path)}`);
  const aside = join(folder, `.${basename(target)}.replacing`);
  try {
    await copyFile(copy.path, aside, constants.COPYFILE_FICLONE);
    const { atime, mtime } = await stat(original.path);
    await utimes(aside, atime, mtime);
    await syncFile(aside);
    checkSame(original, await describe(aside));
    if (target === original.path) {
      await rename(aside, target);
    } else {
      await link(aside, target); // Not a rename: that would take the place of a file that is there.
      await syncDirectory(folder);
      await rm(original.path);
    }
    await syncDirectory(folder);
    await rm(copy.path, { force: true });
    return { path: target, sizeBytes: copy.sizeBytes };
  } catch (cause) {
    if (cause instanceof ChatferryError) throw cause;
    const isTaken = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    const reason = isTaken ? `${target} is there already` : errorMessage(cause);
    throw new ChatferryError('FILE_SYSTEM', `The original was not replaced: ${reason}.`, { cause });
  } finally {
    await rm(aside, { force: true });
  }
}

/** @throws {ChatferryError} `CONTENT_MISMATCH` */
function checkSame(original: DescribedMedia, copy: DescribedMedia): void {
  const lasted = original.facts.durationSeconds ?? 0;
  const lasts = copy.facts.durationSeconds ?? 0;
  const isSame = original.content.kind === copy.content.kind && Math.abs(lasted - lasts) <= DURATION_SLACK_SECONDS;
  if (isSame && copy.problems.length === 0) return;
  const reason = copy.problems[0]?.reason ?? `${copy.content.mimeType}, ${lasts} s instead of ${lasted} s`;
  throw new ChatferryError('CONTENT_MISMATCH', `The original was not replaced: its copy cannot be read: ${reason}`);
}
