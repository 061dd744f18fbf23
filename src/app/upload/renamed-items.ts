import { remoteName } from '../../upload/remote-name.js';
import type { UploadItem } from '../../upload/uploaded-file.js';
import type { OpenedItems } from './upload-job.js';

/**
 * The same files with another name at the target: for a file its name, for a folder the name of the folder.
 *
 * @param name - As the user wrote it; it is made safe.
 */
export function renamedItems(files: OpenedItems, name: string): OpenedItems {
  const first = remoteName(name.replaceAll(/[\\/]/g, '_'));
  return {
    sources: files.sources,
    items: (signal) => each(files.items(signal), first),
    [Symbol.asyncDispose]: () => files[Symbol.asyncDispose](),
  };
}

async function* each(items: AsyncIterable<UploadItem>, first: string): AsyncGenerator<UploadItem, void, void> {
  for await (const item of items) {
    const slash = item.name.indexOf('/');
    yield { ...item, name: slash < 0 ? first : `${first}${item.name.slice(slash)}` };
  }
}
