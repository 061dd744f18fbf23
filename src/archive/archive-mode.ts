import { entryAt } from '../disk/entry.js';
import { withFileErrors } from '../disk/file-error.js';

/** Who may read an archive: its owner alone, or whom the umask lets. */
export const ARCHIVE_MODES = ['private', 'shared'] as const;
export type ArchiveMode = (typeof ARCHIVE_MODES)[number];

/** Permissions of what is made in an archive, before the umask. */
export interface ArchivePermissions {
  readonly folder: number;
  readonly file: number;
}

const PERMISSIONS: Readonly<Record<ArchiveMode, ArchivePermissions>> = {
  private: { folder: 0o700, file: 0o600 },
  shared: { folder: 0o777, file: 0o666 },
};
const OTHERS = 0o077;

/** Of an archive that is made now. */
export function permissionsOf(mode: ArchiveMode): ArchivePermissions {
  return PERMISSIONS[mode];
}

/**
 * Of an archive that may be there: it stays as its owner has it, which its database tells.
 *
 * @param databasePath - Absolute.
 * @param mode - Of one that is not there yet.
 * @throws {ChatferryError} `FILE_SYSTEM`
 */
export async function archivePermissions(databasePath: string, mode: ArchiveMode): Promise<ArchivePermissions> {
  const found = await withFileErrors('look at', databasePath, () => entryAt(databasePath));
  if (found?.kind !== 'file') return PERMISSIONS[mode];
  return PERMISSIONS[(found.mode & OTHERS) === 0 ? 'private' : 'shared'];
}
