import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

import { z } from 'zod';

import { renameOver } from '../../disk/durable-file.js';
import { fileError, isSystemError } from '../../disk/file-error.js';
import { makeFolder } from '../../disk/make-folder.js';
import { createOwnFile, removeOwnFile } from '../../disk/own-file.js';
import { readRegularFileAndEntrySync } from '../../disk/regular-file.js';
import { safeJson } from '../../text/json.js';
import { ChatferryError, errorMessage } from '../../errors/chatferry-error.js';
import { isYoursAlone } from './yours-alone.js';

const NAME = 'trusted.json';
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
/** Some ten thousand files. */
const MOST_BYTES = 4 * 1024 * 1024;

/** A file of settings that the user trusts: in one folder, of one owner, with one content. */
export interface TrustedFile {
  /** The working directory in which the file counts, without links. */
  readonly folder: string;
  /** Absolute, without links in its folders. */
  readonly path: string;
  /** User id; 0 on Windows. */
  readonly owner: number;
  /** Of its bytes, hexadecimal. */
  readonly sha256: string;
  /** ISO 8601. */
  readonly trustedAt: string;
}

const DOCUMENT: z.ZodType<{ readonly version: 1; readonly files: readonly TrustedFile[] }> = z.object({
  version: z.literal(1),
  files: z.array(
    z.object({
      folder: z.string(),
      path: z.string(),
      owner: z.number(),
      sha256: z.string(),
      trustedAt: z.string(),
    }),
  ),
});

/** What was read of the list of trusted files. */
export interface TrustedFiles {
  readonly files: readonly TrustedFile[];
  /** A whole sentence: why the list that is there does not count. */
  readonly problem?: string;
}

/**
 * Reads the list of trusted files in the user's configuration folder. One that others may have written does not count.
 *
 * @param folder - Undefined where there is none.
 */
export function readTrustedFiles(folder: string | undefined): TrustedFiles {
  if (folder === undefined) return { files: [] };
  const path = join(folder, NAME);
  try {
    const { bytes, entry } = readRegularFileAndEntrySync(path, MOST_BYTES);
    if (!isYoursAlone(entry)) {
      return { files: [], problem: `${path} is ignored: other users can write to it. Run \`chatferry trust\` again.` };
    }
    return { files: DOCUMENT.parse(JSON.parse(bytes.toString('utf8'))).files };
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return { files: [] };
    const reason = error instanceof z.ZodError ? 'it has another form' : errorMessage(error);
    return { files: [], problem: `${path} is ignored: ${reason}. Remove it, then run \`chatferry trust\` anew.` };
  }
}

/**
 * Replaces the list of trusted files, whole and durably.
 *
 * @throws {ChatferryError} `USAGE` without a configuration folder; `FILE_SYSTEM`.
 */
export async function writeTrustedFiles(folder: string | undefined, files: readonly TrustedFile[]): Promise<void> {
  if (folder === undefined) {
    throw new ChatferryError('USAGE', 'Trust cannot be stored: this user has no home directory. Set HOME.');
  }
  const path = join(folder, NAME);
  const aside = join(folder, `.${NAME}.${randomUUID()}`);
  try {
    await makeFolder(folder, { mode: FOLDER_MODE });
    const file = await createOwnFile(aside, { mode: FILE_MODE, isFolderChosen: true });
    try {
      await file.writeFile(`${safeJson({ version: 1, files }, undefined, 1)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await renameOver(aside, path);
  } catch (error) {
    await removeOwnFile(aside, { isFolderChosen: true });
    throw fileError(error, 'write', path);
  }
}
