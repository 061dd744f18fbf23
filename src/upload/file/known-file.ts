import { contentTypeOf } from './content-type.js';
import { SourceFile, type SourceMark } from './source-file.js';
import type { TargetRun } from '../target-run.js';
import type { UploadItem } from '../uploaded-file.js';
import type { OutgoingFile } from '../upload-target.js';

/**
 * The coarsest file times have steps of 2 seconds (FAT). If a file was written less than this time before it was read,
 * a further write may not change its mark.
 */
const MIN_AGE_NS = 3_000_000_000n;

/**
 * The digests of a file that an earlier run has read and that has not changed since, by its size, time, inode and path,
 * without reading it again. Only used to find out that it need not be sent.
 *
 * @returns undefined if it has to be read.
 * @throws {ChatferryError} `FILE_SYSTEM`
 */
export async function knownFile(
  { target, store, check = 'far-end' }: Pick<TargetRun, 'target' | 'store' | 'check'>,
  item: UploadItem,
): Promise<OutgoingFile | undefined> {
  const { path, bytesPath, name, sha256, problem } = item;
  // A copy is made again for each run, so its time says nothing about the original.
  if (check === 'content' || bytesPath !== undefined || problem !== undefined) return undefined;
  await using source = await SourceFile.ofItem(item);
  const digest = store.digestOf(path, source.mark);
  if (digest === undefined || (sha256 !== undefined && sha256 !== digest.sha256)) return undefined;
  const needsMd5 = (target.abilities.md5Of ?? 'both') !== 'nothing';
  if (needsMd5 && digest.md5 === undefined) return undefined;
  return { name, sizeBytes: source.sizeBytes, ...digest, contentType: contentTypeOf(item) };
}

/** Whether a write right after the reading would change the mark of a file. @param nowMs - UTC. */
export function isSettled({ modifiedNs }: SourceMark, nowMs: number): boolean {
  return BigInt(Math.trunc(nowMs)) * 1_000_000n - BigInt(modifiedNs) > MIN_AGE_NS;
}
