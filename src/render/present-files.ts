import type { MediaRecord, MessageRecord } from '../chat/record.js';
import { fileSizes } from '../archive/verify/file-sizes.js';

/** Messages whose files are checked at once. */
const PAGE_SIZE = 200;

/**
 * Checks the files of messages on the disk, and yields the messages a page at a time. A stored file that is absent or has
 * another size becomes a failed record, so that no rendering links to it.
 *
 * @param chatFolder - Absolute.
 * @throws {ChatferryError} `FILE_SYSTEM`; the signal's reason when it aborts.
 */
export async function* withPresentFiles(
  records: Iterable<MessageRecord>,
  chatFolder: string,
  signal: AbortSignal,
): AsyncGenerator<readonly MessageRecord[], void, void> {
  let page: MessageRecord[] = [];
  for (const record of records) {
    page.push(record);
    if (page.length < PAGE_SIZE) continue;
    yield await present(page, chatFolder, signal);
    page = [];
  }
  if (page.length > 0) yield await present(page, chatFolder, signal);
}

async function present(
  page: readonly MessageRecord[],
  chatFolder: string,
  signal: AbortSignal,
): Promise<readonly MessageRecord[]> {
  const stored = page.flatMap(({ media }) => media.filter((record) => record.state === 'stored'));
  const sizes = await fileSizes(
    chatFolder,
    stored.map(({ file }) => file.path),
    signal,
  );
  const absent = new Set<MediaRecord>(stored.filter(({ file }, index) => sizes[index] !== file.sizeBytes));
  if (absent.size === 0) return page;
  return page.map(({ message, media }) => ({
    message,
    media: media.map((record) => (absent.has(record) ? asLost(record) : record)),
  }));
}

function asLost({ media }: MediaRecord): MediaRecord {
  return { state: 'failed', media, code: 'FILE_LOST', reason: 'The file is not on the disk as the archive has it.' };
}

/** How many files of a page are lost, by {@link withPresentFiles} or by the archive. */
export function countLost(page: readonly MessageRecord[]): number {
  return page.reduce(
    (sum, { media }) => sum + media.filter((record) => record.state === 'failed' && record.code === 'FILE_LOST').length,
    0,
  );
}
