import type { StoredFile } from '../../chat/record.js';

/** A file that has its name in the archive. */
export interface PlacedFile extends StoredFile {
  readonly absolutePath: string;
  /** What the source announced of it, where that is known. */
  readonly announcedBytes?: number | undefined;
}

/** Rows may not be written yet of so many: a window's worth and more. */
const REMEMBERED_PLACEMENTS = 4096;

/** Remembers the latest files that were placed, by the id of their medium and by their content. */
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

/** Tells contents apart. */
export function contentKey({ sha256, sizeBytes }: Pick<StoredFile, 'sha256' | 'sizeBytes'>): string {
  return `${sha256}:${sizeBytes}`;
}

function remember(placements: Map<string, PlacedFile>, key: string, file: PlacedFile): void {
  placements.set(key, file);
  if (placements.size <= REMEMBERED_PLACEMENTS) return;
  const oldest = placements.keys().next();
  if (oldest.done !== true) placements.delete(oldest.value);
}
