import type { StoredFile } from '../../chat/record.js';

/** A file under its final name in the archive. */
export interface PlacedFile extends StoredFile {
  readonly absolutePath: string;
  /** The size that the source announced, if known. */
  readonly announcedBytes?: number | undefined;
}

/** The rows of so many files may not be written yet: more than a window. */
const REMEMBERED_PLACEMENTS = 4096;

/** Remembers the files that were placed last, by the id of their media and by their content. */
export class PlacedFiles {
  readonly #byId = new Map<string, PlacedFile>();
  readonly #byContent = new Map<string, PlacedFile>();

  withId(remoteId: string): PlacedFile | undefined {
    return this.#byId.get(remoteId);
  }

  withContent(content: Pick<StoredFile, 'sha256' | 'sizeBytes'>): PlacedFile | undefined {
    return this.#byContent.get(contentKey(content));
  }

  add(file: PlacedFile, remoteId?: string): void {
    if (remoteId !== undefined) remember(this.#byId, remoteId, file);
    remember(this.#byContent, contentKey(file), file);
  }
}

/** A key that is equal for equal contents only. */
export function contentKey({ sha256, sizeBytes }: Pick<StoredFile, 'sha256' | 'sizeBytes'>): string {
  return `${sha256}:${sizeBytes}`;
}

function remember(placements: Map<string, PlacedFile>, key: string, file: PlacedFile): void {
  placements.set(key, file);
  if (placements.size <= REMEMBERED_PLACEMENTS) return;
  const oldest = placements.keys().next();
  if (oldest.done !== true) placements.delete(oldest.value);
}
