import { access, constants } from 'node:fs/promises';

import { type ArchiveMode, permissionsOf } from '../../archive/archive-mode.js';
import { makeFolderDurably } from '../../disk/durable-file.js';
import { withFileErrors } from '../../disk/file-error.js';

/**
 * Makes the folder of the archive, where it is not there, and checks that it may be written to: before Telegram is asked
 * for anything.
 *
 * @param mode - Who may read a folder that is made.
 * @throws {ChatferryError} `FILE_SYSTEM`
 */
export async function prepareArchiveFolder(path: string, mode: ArchiveMode): Promise<void> {
  await makeFolderDurably(path, { mode: permissionsOf(mode).folder });
  await withFileErrors('write to', path, () => access(path, constants.W_OK));
}
