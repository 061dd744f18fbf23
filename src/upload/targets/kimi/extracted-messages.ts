import type { UploadedFile } from '../../uploaded-file.js';
import { type ExtractedMessage, readExtracted } from './extracted-file.js';

/**
 * The messages of files whose text a store has extracted, in the order of the files. Only one is in memory at a time.
 *
 * @throws {ChatferryError} `FILE_SYSTEM`
 */
export async function* extractedMessages(
  files: AsyncIterable<UploadedFile> | Iterable<UploadedFile>,
): AsyncGenerator<ExtractedMessage, void, void> {
  for await (const file of files) {
    if (file.state === 'failed' || file.extractedPath === undefined) continue;
    const found = await readExtracted(file.extractedPath);
    if (found === undefined) continue;
    const { role, fileId, content } = found;
    yield { role, fileId, content };
  }
}
