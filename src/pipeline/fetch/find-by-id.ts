import type { MediaTarget } from '../../archive/files/file-name.js';
import type { Media } from '../../chat/media.js';
import type { MediaFetcherOptions, Placement } from './fetch-options.js';
import { linkFile } from './link-file.js';
import type { PlacedFile, PlacedFiles } from './placed-files.js';

/** Takes the bytes from the archive if it has them under the id of the source. Undefined if they have to be fetched. */
export async function findById(
  target: MediaTarget,
  { placed, options, signal }: { placed: PlacedFiles; options: MediaFetcherOptions; signal: AbortSignal },
): Promise<Placement | undefined> {
  const { remoteId } = target.media;
  if (remoteId === undefined) return undefined;
  const known = placed.withId(remoteId) ?? options.archive.findFile(remoteId);
  if (known === undefined || !isAsAnnounced(known, target.media)) return undefined;
  const file = await linkFile(known, target, { ...options, signal });
  if (file === undefined) return undefined;
  // A file that this run or a killed one has fetched for the same message is no duplicate.
  return { file, ...(file.absolutePath === known.absolutePath ? {} : { duplicate: 'remote-id' }) };
}

/** Whether the sizes announced then and now agree. The size of the file itself may differ from them. */
function isAsAnnounced({ announcedBytes, original, sizeBytes }: PlacedFile, media: Media): boolean {
  const knownBytes = announcedBytes ?? original?.sizeBytes ?? sizeBytes;
  return knownBytes === (media.sizeBytes ?? knownBytes);
}
