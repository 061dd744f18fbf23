import type { MediaTarget } from '../../archive/files/file-name.js';
import type { MediaFetcherOptions } from './fetch-options.js';

/**
 * Gives a file whose name does not match its bytes the right extension; its original name stays in the record.
 *
 * @param path - Where the bytes are, absolute.
 */
export async function nameFile(
  target: MediaTarget,
  path: string,
  { files, rightExtension }: Pick<MediaFetcherOptions, 'files' | 'rightExtension'>,
): Promise<MediaTarget> {
  try {
    const extension = await rightExtension?.(files.finalPath(target), path);
    return extension === undefined ? target : { ...target, extension };
  } catch {
    return target; // The code that needs the bytes reports that they cannot be read.
  }
}
