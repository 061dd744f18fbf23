import { entryAt } from '../disk/entry.js';
import { withFileErrors } from '../disk/file-error.js';

/** Who may read an archive: only its owner, or everyone that the umask allows. */
export const ARCHIVE_MODES = ['private', 'shared'] as const;
export type ArchiveMode = (typeof ARCHIVE_MODES)[number];

/** Permissions of new files and folders in an archive, before the umask. */
export interface ArchivePermissions {
  readonly folder: number;
  readonly file: number;
}

const PERMISSIONS: Readonly<Record<ArchiveMode, ArchivePermissions>> = {
  private: { folder: 0o700, file: 0o600 },
  shared: { folder: 0o777, file: 0o666 },
};
const OTHERS = 0o077;

/** Permissions for a new archive. */
export function permissionsOf(mode: ArchiveMode): ArchivePermissions {
  return PERMISSIONS[mode];
}

/**
 * Permissions for an archive that may exist. An existing archive keeps the permissions of its database.
 *
 * @param databasePath - Absolute.
 * @param mode - For a new archive.
 * @throws {ChatferryError} `FILE_SYSTEM`
 */
export async function archivePermissions(databasePath: string, mode: ArchiveMode): Promise<ArchivePermissions> {
  const found = await withFileErrors('look at', databasePath, () => entryAt(databasePath));
  if (found?.kind !== 'file') return PERMISSIONS[mode];
  return PERMISSIONS[(found.mode & OTHERS) === 0 ? 'private' : 'shared'];
}
