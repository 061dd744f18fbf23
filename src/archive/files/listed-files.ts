import type { Chat } from '../../chat/chat.js';
import type { Archive } from '../archive.js';
import type { MediaPosition } from '../description.js';

/** A file that a row of the archive names. */
export interface ListedFile {
  /** Relative to the chat's folder, with `/`. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Hex. Undefined for derivatives, whose rows have no hash. */
  readonly sha256?: string;
  /** As the sender declared it, unchecked. */
  readonly mimeType?: string;
}

/** Rows in memory at once. */
const PAGE_SIZE = 200;
const BEFORE_ALL: MediaPosition = { messageId: Number.MIN_SAFE_INTEGER, position: 0 };

/**
 * The media of a chat, in the order of the messages, a page at a time in memory. Media that are committed meanwhile are
 * included if they come later in the order.
 *
 * @param after - Where to begin. @returns the position of the last one.
 * @throws {ChatferryError} `ARCHIVE_DAMAGED`; `FILE_SYSTEM`.
 */
export function* listedMedia(
  archive: Archive,
  chatId: Chat['id'],
  after: MediaPosition = BEFORE_ALL,
): Generator<ListedFile, MediaPosition, undefined> {
  let last = after;
  for (;;) {
    const page = archive.storedFiles.page(chatId, last, PAGE_SIZE);
    const end = page.at(-1);
    if (end === undefined) return last;
    for (const { path, sizeBytes, sha256, mimeType } of page) {
      yield { path, sizeBytes, sha256, ...(mimeType === undefined ? {} : { mimeType }) };
    }
    last = { messageId: end.messageId, position: end.position };
  }
}

/** The derivatives of a chat, ordered by hash and kind. @throws as {@link listedMedia} does. */
export function* listedDerivatives(archive: Archive, chatId: Chat['id']): Generator<ListedFile, void, undefined> {
  let last = { sha256: '', kind: '' };
  for (;;) {
    const page = archive.storedFiles.derivatives(chatId, last, PAGE_SIZE);
    const end = page.at(-1);
    if (end === undefined) return;
    for (const { path, sizeBytes } of page) yield { path, sizeBytes };
    last = end;
  }
}
