import { posix } from 'node:path';

import type { Archive } from '../archive/archive.js';
import type { MediaFiles } from '../archive/media-files.js';
import type { ReplaceableContent } from '../archive/replacement-table.js';
import type { ChatId } from '../chat/chat-id.js';
import type { DescriptionCount } from './media-describer.js';

export interface OriginalReplacementOptions {
  readonly archive: Archive;
  readonly chatId: ChatId;
  readonly files: MediaFiles;
  readonly signal: AbortSignal;
}

/**
 * Puts the smaller copies that a chat's description made in the place of their originals. The order is: the copy durable
 * under its name, the rows, the original removed. A run that is killed in between leaves rows that are true, and the
 * next one removes what is left.
 *
 * @throws {ChatferryError} `FILE_SYSTEM`; the signal's reason when it aborts.
 */
export async function replaceOriginals(
  options: OriginalReplacementOptions,
): Promise<Pick<DescriptionCount, 'replacedCount' | 'savedBytes'>> {
  const { archive, chatId, signal } = options;
  await removeLeftovers(options);
  let replacedCount = 0;
  let savedBytes = 0;
  for (const content of archive.replacements.contents(chatId)) {
    signal.throwIfAborted();
    if (!(await replaceOne(content, options))) continue;
    await removeLeftovers(options);
    replacedCount += 1;
    savedBytes += content.sizeBytes - content.copySizeBytes;
  }
  return { replacedCount, savedBytes };
}

/** @returns whether the copy is there. */
async function replaceOne(
  { sha256, copyPath }: ReplaceableContent,
  { archive, chatId, files, signal }: OriginalReplacementOptions,
): Promise<boolean> {
  const copy = await files.digestOf(copyPath, signal);
  if (copy === undefined) return false; // Somebody took it away; the original stays.
  const replaced = [];
  for (const medium of archive.replacements.media(chatId, sha256)) {
    const path = pathOfCopy(medium.originalPath, copyPath);
    await files.linkAs(copyPath, path);
    replaced.push({ medium, file: { path, ...copy } });
  }
  archive.replacements.replace(chatId, sha256, replaced);
  await files.remove(copyPath);
  return true;
}

/** The name of the original with the ending of the copy; where that is the same, one of its own. */
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
