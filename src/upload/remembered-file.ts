import type { RememberedFile } from './session/upload-store.js';
import type { TargetRun } from './target-run.js';
import type { OutgoingFile } from './upload-target.js';

/**
 * The file at the target that has the same bytes under this name, according to our record. The record is a local file,
 * which may be damaged or planted, so only files are accepted that the target can have made.
 */
export async function rememberedFile(
  { target, store, now }: Pick<TargetRun, 'target' | 'store' | 'now'>,
  { sha256, name }: Pick<OutgoingFile, 'sha256' | 'name'>,
): Promise<RememberedFile | undefined> {
  const found = store.find({ target: target.id, sha256, name }, now());
  return found !== undefined && (await target.holds(found, name)) ? found : undefined;
}
