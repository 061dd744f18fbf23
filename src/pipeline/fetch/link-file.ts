import { join } from 'node:path';

import type { MediaTarget } from '../../archive/files/file-name.js';
import type { MediaFetcherOptions } from './fetch-options.js';
import { nameFile } from './name-file.js';
import type { PlacedFile } from './placed-files.js';

export interface LinkOptions extends Pick<
  MediaFetcherOptions,
  'files' | 'chatFolder' | 'deduplicates' | 'rightExtension'
> {
  readonly signal: AbortSignal;
  /** Called with the new path before the link is made. */
  readonly beforeNaming?: (path: string) => void;
}

/**
 * Gives a file of the archive a second name, for another message.
 *
 * @returns undefined if the file is missing, was changed or must not be shared: then it has to be fetched.
 */
export async function linkFile(
  known: PlacedFile,
  target: MediaTarget,
  options: LinkOptions,
): Promise<PlacedFile | undefined> {
  const { files, chatFolder, deduplicates, signal, beforeNaming } = options;
  const named = await nameFile(target, known.absolutePath, options);
  const isOwn = known.absolutePath === join(chatFolder, files.finalPath(named));
  if (!deduplicates && !isOwn) return undefined;
  if (!isOwn) beforeNaming?.(files.finalPath(named));
  const path = await files.link(known, named, signal);
  if (path === undefined) return undefined;
  return { ...known, path, absolutePath: join(chatFolder, path) };
}
