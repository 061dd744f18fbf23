import { access, constants } from 'node:fs/promises';

import { type ArchiveMode, permissionsOf } from '../../archive/archive-mode.js';
import { makeFolderDurably } from '../../disk/durable-file.js';
import { withFileErrors } from '../../disk/file-error.js';

/**
 * Creates the folder of the archive if it does not exist, and checks that it is writable. Call it before any request to
 * Telegram.
 *
 * @param mode - Who may read a new folder.
 * @throws {ChatferryError} `FILE_SYSTEM`
 */
export async function prepareArchiveFolder(path: string, mode: ArchiveMode): Promise<void> {
  await makeFolderDurably(path, { mode: permissionsOf(mode).folder });
  await withFileErrors('write to', path, () => access(path, constants.W_OK));
}
