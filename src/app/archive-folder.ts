import { access, constants } from 'node:fs/promises';

import { makeFolderDurably } from '../disk/durable-file.js';
import { withFileErrors } from '../disk/file-error.js';

/**
 * Makes the folder of the archive, where it is not there, and checks that it may be written to: before Telegram is asked
 * for anything.
 *
 * @throws {ChatferryError} `FILE_SYSTEM`
 */
export async function prepareArchiveFolder(path: string): Promise<void> {
  await makeFolderDurably(path);
  await withFileErrors('write to', path, () => access(path, constants.W_OK));
}
