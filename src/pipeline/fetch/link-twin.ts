import type { MediaTarget } from '../../archive/files/file-name.js';
import type { MediaFetcherOptions, Placement } from './fetch-options.js';
import { linkFile } from './link-file.js';
import type { TwinCandidate } from './twin-search.js';

/** Takes the bytes from the archive if it has them under another id. Undefined if they have to be fetched. */
export async function linkTwin(
  candidate: TwinCandidate | undefined,
  target: MediaTarget,
  { options, signal }: { options: MediaFetcherOptions; signal: AbortSignal },
): Promise<Placement | undefined> {
  const { archive, folder } = options;
  const { remoteId } = target.media;
  const twin = await candidate?.find();
  if (twin === undefined) return undefined;
  const file = await linkFile(twin, target, {
    ...options,
    signal,
    // Noted before the file gets its name, as for a download: after a kill, the hashes are not requested again. A file
    // that is found by its id needs no such note, and the note of its place must not be overwritten.
    beforeNaming: (path) => {
      if (remoteId !== undefined) archive.parts.place(folder, remoteId, { ...twin, path });
    },
  });
  return file === undefined ? undefined : { file, duplicate: 'file-hashes' };
}
