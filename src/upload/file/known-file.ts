import { contentTypeOf } from './content-type.js';
import { SourceFile, type SourceMark } from './source-file.js';
import type { TargetRun } from '../target-run.js';
import type { UploadItem } from '../uploaded-file.js';
import type { OutgoingFile } from '../upload-target.js';

/**
 * File systems tell times apart by 2 seconds at the worst (FAT). A file that was written to less than so long before it was read
 * may be written to again without a mark of it.
 */
const LEAST_AGE_NS = 3_000_000_000n;

/**
 * A file whose bytes an earlier run has read, and that has not been touched since: known by its size, time, inode and path,
 * without reading it again. Only good for finding out that it need not be sent.
 *
 * @returns undefined where it has to be read.
 * @throws {ChatferryError} `FILE_SYSTEM`
 */
export async function knownFile(
  { target, store, check = 'far-end' }: Pick<TargetRun, 'target' | 'store' | 'check'>,
  item: UploadItem,
): Promise<OutgoingFile | undefined> {
  const { path, bytesPath, name, sha256, problem } = item;
  // A copy is made again each time, so its time says nothing about the original.
  if (check === 'content' || bytesPath !== undefined || problem !== undefined) return undefined;
  await using source = await SourceFile.ofItem(item);
  const digest = store.digestOf(path, source.mark);
  if (digest === undefined || (sha256 !== undefined && sha256 !== digest.sha256)) return undefined;
  const needsMd5 = (target.abilities.md5Of ?? 'both') !== 'nothing';
  if (needsMd5 && digest.md5 === undefined) return undefined;
  return { name, sizeBytes: source.sizeBytes, ...digest, contentType: contentTypeOf(item) };
}

/** Whether a file that was read now can be told from one that is written to right afterwards. @param nowMs - UTC. */
export function isSettled({ modifiedNs }: SourceMark, nowMs: number): boolean {
  return BigInt(Math.trunc(nowMs)) * 1_000_000n - BigInt(modifiedNs) > LEAST_AGE_NS;
}
