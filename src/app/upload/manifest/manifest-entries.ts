import type { ArrivedFile, UploadedFile } from '../../../upload/uploaded-file.js';
import { type ManifestEntry, manifestEntry } from './upload-manifest.js';

/**
 * The entries that a run has to write: files in the order in which they were yielded, followed by uploaded files that
 * were not yielded before the run ended.
 */
export class ManifestEntries {
  readonly #inOrder: ManifestEntry[] = [];
  /** Uploaded files that are not yielded yet. */
  readonly #ahead = new Map<string, ArrivedFile>();

  get all(): readonly ManifestEntry[] {
    return [...this.#inOrder, ...this.waiting.flatMap((file) => manifestEntry(file) ?? [])];
  }

  /** Uploaded files that are not yielded yet. */
  get waiting(): readonly ArrivedFile[] {
    return [...this.#ahead.values()];
  }

  /** Records an uploaded file. */
  arrived(file: ArrivedFile): void {
    this.#ahead.set(keyOf(file), file);
  }

  /** Records that a file was yielded. */
  handedOut(file: UploadedFile): void {
    this.#ahead.delete(keyOf(file));
    const entry = manifestEntry(file);
    if (entry !== undefined) this.#inOrder.push(entry);
  }

  /** Removes and returns all entries. */
  take(): readonly ManifestEntry[] {
    const { all } = this;
    this.#inOrder.length = 0;
    this.#ahead.clear();
    return all;
  }
}

function keyOf({ target, name }: UploadedFile): string {
  return `${target}\0${name}`;
}
