import { isChatferryError } from '../../errors/chatferry-error.js';
import type { TargetRun } from '../target-run.js';
import type { UploadSession } from './upload-session.js';

/** A file that the target has. */
export interface FileThere {
  /** Of the original, hex. */
  readonly sha256: string;
}

/**
 * Removes the session of a run that was killed after it had finished the file: nothing will resume it. A session whose parts
 * are not all sent stays, like its unfinished upload at the target.
 *
 * @throws {ChatferryError} `FILE_SYSTEM`.
 */
export async function removeLeftSession(
  { store, sessions }: TargetRun,
  { id, sha256, sizeBytes, stored, partBytes, parts }: UploadSession,
  there: FileThere,
): Promise<void> {
  const partCount = Math.max(1, Math.ceil((stored?.sizeBytes ?? sizeBytes) / partBytes));
  if (sha256 !== there.sha256 || parts.length < partCount) return;
  try {
    store.claim(id);
  } catch (error) {
    if (isChatferryError(error, 'LOCKED')) return; // Another run works on it, and removes it.
    throw error;
  }
  try {
    await sessions.remove(id);
  } finally {
    store.release(id);
  }
}
