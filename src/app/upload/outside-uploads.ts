import { isInsideFolder } from '../../config/trust/inside-folder.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import type { OpenedTarget } from './open-target.js';

/** The folders that files go to, absolute: those of targets that are folders. */
export function foldersOf(opened: readonly OpenedTarget[]): readonly string[] {
  return opened.flatMap(({ target: { id } }) => (id.startsWith('dir:') ? [id.slice('dir:'.length)] : []));
}

/**
 * Refuses folders that lie in what is uploaded: each run would send what the one before has left there.
 *
 * @param source - A folder that is uploaded, absolute.
 * @throws {ChatferryError} `USAGE`
 */
export function requireOutside(targetFolders: readonly string[], source: string): void {
  const inside = targetFolders.find((folder) => isInsideFolder(folder, source));
  if (inside === undefined) return;
  throw new ChatferryError(
    'USAGE',
    `dir:${inside} lies in ${source}, which would be sent into itself. Name a folder outside of it.`,
  );
}
