/** Removes the row of a file, by its SHA-256, if no media has these bytes. */
export const REMOVE_UNUSED_FILE =
  'DELETE FROM files WHERE sha256 = ?1 AND NOT EXISTS (SELECT 1 FROM media WHERE sha256 = ?1)';
