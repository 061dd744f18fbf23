import { entryAt } from '../../disk/entry.js';
import { withFileErrors } from '../../disk/file-error.js';
import type { TargetRun } from '../target-run.js';
import type { UploadItem } from '../uploaded-file.js';
import type { UploadSession } from './upload-session.js';

/** Sessions that a file of a run resumes, so that two files with the same bytes do not resume the same one. */
const taken = new WeakMap<TargetRun, Set<string>>();

/** The identity of a file, independent of its path. */
export interface MovedFile {
  readonly sizeBytes: number;
  /** Of the original, hex. */
  readonly sha256: string;
}

/**
 * The name of a moved or renamed file in its earlier session: a session with the user's session name, the same target and the
 * same bytes, whose own file is gone and that no run uses. Undefined if there is none.
 */
export async function nameBeforeMove(
  run: TargetRun,
  { path, name }: UploadItem,
  { sizeBytes, sha256 }: MovedFile,
): Promise<string | undefined> {
  const { sessions, sessionName, target, store, now } = run;
  if (sessionName === undefined) return undefined;
  const isOf = (one: UploadSession): boolean =>
    one.target === target.id && one.sizeBytes === sizeBytes && one.sha256 === sha256;
  const isOpen = (one: UploadSession): boolean =>
    one.remote !== undefined && one.status !== 'complete' && one.expiresAtMs > now();
  for (const one of await sessions.list(`${sessionName}.`)) {
    if (!isOf(one) || !isOpen(one) || one.name === name || one.path === path) continue;
    if ((await withFileErrors('look at', one.path, () => entryAt(one.path))) !== undefined) continue;
    if (store.isInUse(one.id) || !take(run, one.id)) continue;
    return one.name;
  }
  return undefined;
}

function take(run: TargetRun, id: string): boolean {
  const ids = taken.get(run) ?? new Set<string>();
  if (ids.has(id)) return false;
  taken.set(run, ids.add(id));
  return true;
}
