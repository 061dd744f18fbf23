import type { ArrivedFile, UploadedFile } from '../../../upload/uploaded-file.js';
import { type ManifestEntry, manifestEntry } from './upload-manifest.js';

/**
 * What a run has to write down: files in the order in which they were handed out, and behind them those that are there but
 * had not had their turn when the run ended.
 */
export class ManifestEntries {
  readonly #inOrder: ManifestEntry[] = [];
  /** Files that wait for their turn. */
  readonly #ahead = new Map<string, ArrivedFile>();

  get all(): readonly ManifestEntry[] {
    return [...this.#inOrder, ...this.waiting.flatMap((file) => manifestEntry(file) ?? [])];
  }

  /** Files that are there and have not had their turn. */
  get waiting(): readonly ArrivedFile[] {
    return [...this.#ahead.values()];
  }

  /** A file is there. */
  arrived(file: ArrivedFile): void {
    this.#ahead.set(keyOf(file), file);
  }

  /** A file has had its turn. */
  handedOut(file: UploadedFile): void {
    this.#ahead.delete(keyOf(file));
    const entry = manifestEntry(file);
    if (entry !== undefined) this.#inOrder.push(entry);
  }

  /** Forgets all. @returns what there was. */
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
