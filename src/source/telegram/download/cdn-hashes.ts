import { createHash } from 'node:crypto';

import type { FetchHashes, FileHash } from './file-hashes.js';

/** A range of a file, in bytes. */
export interface FileRange {
  readonly offset: number;
  /** It may reach beyond the end of the file. */
  readonly sizeBytes: number;
}

/**
 * Holds what a CDN sends to the hashes that Telegram gives of the file. A CDN may send anything, so that here, unlike
 * with Telegram's own data centres, what no hash speaks for is wrong (https://core.telegram.org/cdn#verifying-files).
 */
export class CdnHashes {
  readonly #fetch: FetchHashes;
  readonly #fileBytes: number;
  readonly #known = new Map<number, FileHash>();
  #fetching: Promise<void> | undefined;

  /** @param fileBytes - Of the whole file, where it is known: nothing is asked of what lies behind. */
  constructor(fetch: FetchHashes, fileBytes: number | undefined) {
    this.#fetch = fetch;
    this.#fileBytes = fileBytes ?? Infinity;
  }

  /** Takes hashes that came unasked. Later ones replace earlier ones. */
  add(hashes: readonly FileHash[]): void {
    for (const hash of hashes) if (hash.sizeBytes > 0) this.#known.set(hash.offset, hash);
  }

  /** Drops those of a range: they are asked for again. */
  forget({ offset, sizeBytes }: FileRange): void {
    for (const begin of this.#known.keys()) {
      if (begin >= offset && begin < offset + sizeBytes) this.#known.delete(begin);
    }
  }

  /**
   * Those of a range, ascending and without gaps; they end where the file does.
   *
   * @throws {ChatferryError} when they cannot be had now; the signal's reason when it aborts.
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
        await this.#fetching; // It may bring this one, too.
      } else {
        await this.#fetchFrom(reached, signal);
        if (!this.#known.has(reached)) break;
      }
    }
    return found;
  }

  /**
   * Whether the bytes are all that the file has of the range, and right.
   *
   * @throws as {@link CdnHashes.of} does.
   */
  async prove(range: FileRange, bytes: Uint8Array, signal: AbortSignal): Promise<boolean> {
    let provedBytes = 0;
    for (const { offset, sizeBytes, sha256 } of await this.of(range, signal)) {
      const begin = offset - range.offset;
      const block = bytes.subarray(begin, begin + sizeBytes); // The last may be announced for more than there is.
      if (block.length === 0 || !createHash('sha256').update(block).digest().equals(sha256)) return false;
      provedBytes = begin + block.length;
    }
    return provedBytes === bytes.length;
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
