import { join } from 'node:path';

import type { MediaTarget } from '../../archive/files/file-name.js';
import type { DownloadedFile } from '../../source/message-source.js';
import type { MediaFetcherOptions, Placement } from './fetch-options.js';
import { linkFile } from './link-file.js';
import type { PlacedFiles } from './placed-files.js';

export interface PlaceOptions {
  /** Absolute. */
  readonly temporaryPath: string;
  readonly downloaded: DownloadedFile;
  readonly placed: PlacedFiles;
  readonly options: MediaFetcherOptions;
  readonly signal: AbortSignal;
}

/** Moves a downloaded file to its name, or links the same bytes if the archive has them, and removes the download. */
export async function placeFile(named: MediaTarget, parts: PlaceOptions): Promise<Placement> {
  const { temporaryPath, downloaded, placed, options, signal } = parts;
  const { archive, files, chatFolder, deduplicates } = options;
  const { sizeBytes, sha256 } = downloaded;
  const twin = deduplicates ? (placed.withContent(downloaded) ?? archive.findFileByHash(sha256, sizeBytes)) : undefined;
  const linked = twin === undefined ? undefined : await linkFile(twin, named, { ...options, signal });
  if (linked !== undefined) {
    await files.removeTemporary(temporaryPath);
    return { file: linked, duplicate: 'content' };
  }
  const path = await files.place(temporaryPath, named);
  const file = { path, sizeBytes, sha256, absolutePath: join(chatFolder, path) };
  placed.add(file);
  return { file };
}
