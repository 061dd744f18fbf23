import { posix } from 'node:path';

import type { Archive } from '../archive/archive.js';
import type { MediaFiles } from '../archive/files/media-files.js';
import type { ReplaceableContent } from '../archive/tables/replacement-table.js';
import type { ChatId } from '../chat/chat-id.js';
import { errorMessage } from '../errors/chatferry-error.js';
import type { RunEvents } from './export-progress.js';
import type { CopyProver } from '../media/media-describer.js';
import type { DescriptionCount } from './description-count.js';

export interface OriginalReplacementOptions {
  readonly archive: Archive;
  readonly chatId: ChatId;
  readonly files: MediaFiles;
  readonly prover: CopyProver;
  readonly reporter: RunEvents;
  readonly signal: AbortSignal;
}

type ReplacementCount = Pick<DescriptionCount, 'replacedCount' | 'savedBytes' | 'keptCount'>;

/**
 * Replaces originals by the smaller copies that the description of a chat made, each after a proof that the copy holds
 * all that the original does. The order is: make the copy durable under its name, change the rows, remove the original.
 * A run that is killed in between leaves correct rows, and the next one removes the remaining files.
 *
 * If the proof fails, the copy is removed and the original stays permanently. If there is no verdict now, both stay for
 * the next run.
 *
 * @throws {ChatferryError} `FILE_SYSTEM`; the signal's reason when it aborts.
 */
export async function replaceOriginals(options: OriginalReplacementOptions): Promise<ReplacementCount> {
  const { archive, chatId, signal } = options;
  await removeLeftovers(options);
  let [replacedCount, savedBytes, keptCount] = [0, 0, 0];
  for (const content of archive.replacements.contents(chatId)) {
    signal.throwIfAborted();
    const outcome = await replaceOne(content, options);
    if (outcome === 'kept') keptCount += 1;
    if (outcome !== 'replaced') continue;
    await removeLeftovers(options);
    replacedCount += 1;
    savedBytes += content.sizeBytes - content.copySizeBytes;
  }
  return { replacedCount, savedBytes, ...(keptCount === 0 ? {} : { keptCount }) };
}

/** @returns `waiting` if the files do not match the archive, or there is no verdict now. */
async function replaceOne(
  { sha256, copyPath, copySizeBytes }: ReplaceableContent,
  { archive, chatId, files, prover, reporter, signal }: OriginalReplacementOptions,
): Promise<'replaced' | 'kept' | 'waiting'> {
  const media = archive.replacements.media(chatId, sha256);
  const [first] = media;
  const copy = await files.digestOf(copyPath, signal);
  if (first === undefined || copy?.sizeBytes !== copySizeBytes) return 'waiting';
  const original = await files.digestOf(first.originalPath, signal);
  if (original?.sha256 !== sha256) return 'waiting'; // A damaged original proves nothing.
  let doubt: string | undefined;
  try {
    const paths = { original: files.absolute(first.originalPath), copy: files.absolute(copyPath) };
    doubt = await prover.prove(paths, signal);
  } catch (error) {
    signal.throwIfAborted();
    const text = `${first.originalPath} was not replaced yet: ${errorMessage(error)}`;
    reporter.event({ type: 'note', text });
    return 'waiting';
  }
  if (doubt !== undefined) {
    reporter.event({ type: 'note', text: `${first.originalPath} was not replaced by its smaller copy: ${doubt}.` });
    archive.replacements.refuse(chatId, sha256, `The original stays: ${doubt}.`);
    await files.remove(copyPath);
    return 'kept';
  }
  const replaced = [];
  for (const medium of media) {
    const path = pathOfCopy(medium.originalPath, copyPath);
    await files.linkAs(copyPath, path);
    replaced.push({ medium, file: { path, ...copy } });
  }
  archive.replacements.replace(chatId, sha256, replaced);
  await files.remove(copyPath);
  return 'replaced';
}

/** The name of the original with the extension of the copy. If the extension is the same, `.small` precedes it. */
function pathOfCopy(originalPath: string, copyPath: string): string {
  const stem = originalPath.slice(0, originalPath.length - posix.extname(originalPath).length);
  const ending = posix.extname(copyPath);
  return ending === posix.extname(originalPath) ? `${stem}.small${ending}` : `${stem}${ending}`;
}

async function removeLeftovers({ archive, chatId, files }: OriginalReplacementOptions): Promise<void> {
  const leftovers = archive.replacements.leftovers(chatId);
  if (leftovers.length === 0) return;
  for (const path of leftovers) await files.remove(path);
  archive.replacements.forgetLeftovers(chatId);
}
