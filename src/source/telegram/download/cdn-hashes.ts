import { createHash } from 'node:crypto';

import type { FetchHashes, FileHash } from './file-hashes.js';

/** A range of a file, in bytes. */
export interface FileRange {
  readonly offset: number;
  /** The range may extend beyond the end of the file. */
  readonly sizeBytes: number;
}

/**
 * Verifies the bytes of a CDN against the hashes that Telegram has of the file. A CDN is not trusted. So, unlike with
 * Telegram's own data centres, bytes without a hash are rejected (https://core.telegram.org/cdn#verifying-files).
 */
export class CdnHashes {
  readonly #fetch: FetchHashes;
  readonly #fileBytes: number;
  readonly #known = new Map<number, FileHash>();
  #fetching: Promise<void> | undefined;

  /** @param fileBytes - Size of the file, if known. No hashes are requested beyond it. */
  constructor(fetch: FetchHashes, fileBytes: number | undefined) {
    this.#fetch = fetch;
    this.#fileBytes = fileBytes ?? Infinity;
  }

  /** Adds hashes that arrived with other answers. Later ones replace earlier ones. */
  add(hashes: readonly FileHash[]): void {
    for (const hash of hashes) if (hash.sizeBytes > 0) this.#known.set(hash.offset, hash);
  }

  /** Drops the hashes of a range, so that they are requested again. */
  forget({ offset, sizeBytes }: FileRange): void {
    for (const begin of this.#known.keys()) {
      if (begin >= offset && begin < offset + sizeBytes) this.#known.delete(begin);
    }
  }

  /**
   * The hashes of a range, ascending and without gaps, up to the end of the file.
   *
   * @throws {ChatferryError} when the request for hashes fails; the signal's reason when it aborts.
   */
  async of({ offset, sizeBytes }: FileRange, signal: AbortSignal): Promise<readonly FileHash[]> {
    const end = Math.min(offset + sizeBytes, this.#fileBytes);
    const found: FileHash[] = [];
    for (let reached = offset; reached < end;) {
      const hash = this.#known.get(reached);
      if (hash !== undefined) {
        found.push(hash);
        reached += hash.sizeBytes;
      } else if (this.#fetching !== undefined) {
        await this.#fetching; // That request may return this hash as well.
      } else {
        await this.#fetchFrom(reached, signal);
        if (!this.#known.has(reached)) break;
      }
    }
    return found;
  }

  /**
   * Whether the bytes are correct and are all bytes of the file in this range.
   *
   * @throws as {@link CdnHashes.of} does.
   */
  async verify(range: FileRange, bytes: Uint8Array, signal: AbortSignal): Promise<boolean> {
    let verifiedBytes = 0;
    for (const { offset, sizeBytes, sha256 } of await this.of(range, signal)) {
      const begin = offset - range.offset;
      const block = bytes.subarray(begin, begin + sizeBytes); // The last range may extend beyond the file.
      if (block.length === 0 || !createHash('sha256').update(block).digest().equals(sha256)) return false;
      verifiedBytes = begin + block.length;
    }
    return verifiedBytes === bytes.length;
  }

  async #fetchFrom(offset: number, signal: AbortSignal): Promise<void> {
    this.#fetching = this.#fetch(offset, signal)
      .then((hashes) => {
        this.add(hashes);
      })
      .finally(() => {
        this.#fetching = undefined;
      });
    await this.#fetching;
  }
}
