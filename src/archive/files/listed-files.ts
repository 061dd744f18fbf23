import type { Chat } from '../../chat/chat.js';
import type { Archive } from '../archive.js';
import type { MediumPosition } from '../description.js';

/** A file that a row of the archive names. */
export interface ListedFile {
  /** Relative to the chat's folder, with `/`. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Hex. Undefined of what was made from media: rows have no hash of it. */
  readonly sha256?: string;
  /** As its sender has it, unchecked. */
  readonly mimeType?: string;
}

/** In memory at once. */
const PAGE_SIZE = 200;
const BEFORE_ALL: MediumPosition = { messageId: Number.MIN_SAFE_INTEGER, position: 0 };

/**
 * The media of a chat, in the order of the messages, a page at a time in memory. What is committed meanwhile is seen when it
 * lies ahead.
 *
 * @param after - Where to begin. @returns the place of the last one.
 * @throws {ChatferryError} `ARCHIVE_DAMAGED`; `FILE_SYSTEM`.
 */
export function* listedMedia(
  archive: Archive,
  chatId: Chat['id'],
  after: MediumPosition = BEFORE_ALL,
): Generator<ListedFile, MediumPosition, undefined> {
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

/** What was made from the media of a chat, in an order of its own. @throws as {@link listedMedia} does. */
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
