import type { RememberedFile } from './session/upload-store.js';
import type { TargetRun } from './target-run.js';
import type { OutgoingFile } from './upload-target.js';

/**
 * Where a target has the same bytes under this name, as far as is known here. What is remembered of it is a file of this machine: one
 * that is damaged, or that somebody else wrote, leads to no other file than one that the target may have made.
 */
export async function rememberedFile(
  { target, store, now }: Pick<TargetRun, 'target' | 'store' | 'now'>,
  { sha256, name }: Pick<OutgoingFile, 'sha256' | 'name'>,
): Promise<RememberedFile | undefined> {
  const found = store.find({ target: target.id, sha256, name }, now());
  return found !== undefined && (await target.holds(found, name)) ? found : undefined;
}
