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
    // As before a download gets its name: after a kill, the hashes need not be asked for again. A file that is known by
    // this id already needs no other note, and the note that says where it is must not be overwritten.
    beforeItIsNamed: (path) => {
      if (remoteId !== undefined) archive.parts.place(folder, remoteId, { ...twin, path });
    },
  });
  return file === undefined ? undefined : { file, duplicate: 'file-hashes' };
}
