import { createHash } from 'node:crypto';

import { isChatferryError } from '../../../errors/chatferry-error.js';

/** What the server says of a range of a file (https://core.telegram.org/constructor/fileHash). */
export interface FileHash {
  readonly offset: number;
  readonly sizeBytes: number;
  /** SHA-256. */
  readonly sha256: Uint8Array;
}

/**
 * The hashes from `offset` on, as many as the server likes; none where it has none.
 *
 * @throws {ChatferryError} as a request does.
 */
export type FetchHashes = (offset: number, signal: AbortSignal) => Promise<readonly FileHash[]>;

/** Ranges with a hash of their own begin and end at its multiples, but for the end of the file. */
const BLOCK_BYTES = 4096;

/**
 * All hashes of a file in the order of their ranges, fetched as they are asked for. Ends where the server has no more.
 *
 * @throws what `fetch` throws.
 */
export async function* hashesInOrder(
  fetch: FetchHashes,
  sizeBytes: number,
  signal: AbortSignal,
): AsyncGenerator<FileHash, void, void> {
  // A file that ends with a block may go on, whatever was announced: only asking behind it tells.
  const end = sizeBytes % BLOCK_BYTES === 0 ? sizeBytes + 1 : sizeBytes;
  for (let reached = 0; reached < end;) {
    const before = reached;
    const hashes = [...(await fetch(reached, signal))].sort((one, other) => one.offset - other.offset);
    for (const hash of hashes) {
      // A server may begin its answer with the megabyte that the offset lies in.
      if (hash.offset < reached) continue;
      yield hash;
      reached = hash.offset + hash.sizeBytes;
    }
    if (reached === before) return;
  }
}

export interface JudgedPart {
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** Whether the file ends with it; a hash may then be announced for more bytes than there are. */
  readonly endsFile: boolean;
}

/**
 * What a server's hashes say of a part whose length nobody announced. `agrees`: they cover it, have its bytes, and end
 * where the file is said to end; `silent`: there are none.
 */
export type HashVerdict = 'agrees' | 'disagrees' | 'silent';

/** Hashes are asked for by the megabyte: two parts or one. */
const STRETCH_BYTES = 1024 * 1024;
/** Stretches that are remembered: more than there are parts of one file under way. */
const MOST_STRETCHES = 32;

/** Holds the parts of one file to the hashes that the server gives of it. */
export class FileHashes {
  readonly #fetch: FetchHashes;
  readonly #isUnannounced: boolean;
  #sizeBytes: number;
  readonly #stretches = new Map<number, Promise<readonly FileHash[]>>();
  #givesNone = false;
  #hasGiven = false;

  /** @param sizeBytes - Of the whole file, where it is known: nothing is asked of what lies behind. */
  constructor(fetch: FetchHashes, sizeBytes: number | undefined) {
    this.#fetch = fetch;
    this.#isUnannounced = sizeBytes === undefined;
    this.#sizeBytes = sizeBytes ?? Infinity;
  }

  /** The announced size is not to be relied on: from now on hashes are asked for behind it as well. */
  forgetSize(): void {
    if (this.#sizeBytes === Infinity) return;
    this.#sizeBytes = Infinity;
    this.#stretches.clear();
  }

  /** Asks for the hashes of the part at `offset`, so that they are there when its bytes come. */
  expect(offset: number, signal: AbortSignal): void {
    void this.#stretch(offset, signal).catch(() => undefined); // `agrees` meets the same error.
  }

  /**
   * Whether no hash speaks against the bytes. A part that the server gives no hashes of passes.
   *
   * @throws {ChatferryError} when the hashes cannot be had now; the signal's reason when it aborts.
   */
  async agrees({ offset, bytes, endsFile }: JudgedPart, signal: AbortSignal): Promise<boolean> {
    const end = offset + bytes.length;
    for (const hash of await this.#stretch(offset, signal)) {
      const isInside = hash.offset >= offset && hash.offset < end;
      if (!isInside || (hash.offset + hash.sizeBytes > end && !endsFile)) continue;
      const range = bytes.subarray(hash.offset - offset, hash.offset - offset + hash.sizeBytes);
      if (createHash('sha256').update(range).digest().equals(hash.sha256)) continue;
      this.#stretches.delete(stretchOf(offset)); // The hashes may be what is wrong: the next try asks anew.
      return false;
    }
    return true;
  }

  /**
   * What the server's hashes say of a part whose length is not the announced one. With `endsFile` they must end with the
   * part as well: a part that was cut on its way is found out by the hashes of what is missing.
   *
   * @throws as {@link FileHashes.agrees} does.
   */
  async verdict({ offset, bytes, endsFile }: JudgedPart, signal: AbortSignal): Promise<HashVerdict> {
    const end = offset + bytes.length;
    const hashes = [...(await this.#stretch(offset, signal))].sort((one, other) => one.offset - other.offset);
    if (hashes.length === 0) {
      // Telegram answers for its files: no size, no bytes and no hashes is one account of an empty file, and not three gaps.
      const isEmptyFile = offset === 0 && this.#isUnannounced && !this.#givesNone;
      return endsFile && bytes.length === 0 && (this.#hasGiven || isEmptyFile) ? 'agrees' : 'silent';
    }
    let reached = offset;
    for (const hash of hashes) {
      const hashEnd = hash.offset + hash.sizeBytes;
      if (hash.offset !== reached || hash.offset >= end || (hashEnd > end && !endsFile)) continue;
      const digest = createHash('sha256')
        .update(bytes.subarray(hash.offset - offset, hashEnd - offset))
        .digest();
      if (digest.equals(hash.sha256)) reached = hashEnd;
    }
    const saysMore = endsFile && hashes.some((hash) => hash.offset >= end);
    if (reached >= end && !saysMore) return 'agrees';
    this.#stretches.delete(stretchOf(offset)); // The hashes may be what is wrong: the next try asks anew.
    return 'disagrees';
  }

  #stretch(offset: number, signal: AbortSignal): Promise<readonly FileHash[]> {
    if (this.#givesNone) return Promise.resolve([]);
    const begin = stretchOf(offset);
    let stretch = this.#stretches.get(begin);
    if (stretch === undefined) {
      stretch = this.#fetchStretch(begin, signal);
      this.#stretches.set(begin, stretch);
      stretch.catch(() => this.#stretches.delete(begin));
      const [oldest] = this.#stretches.keys();
      if (this.#stretches.size > MOST_STRETCHES && oldest !== undefined) this.#stretches.delete(oldest);
    }
    return stretch;
  }

  async #fetchStretch(begin: number, signal: AbortSignal): Promise<readonly FileHash[]> {
    const hashes: FileHash[] = [];
    let reached = begin;
    try {
      const end = Math.min(begin + STRETCH_BYTES, this.#sizeBytes);
      for (let before = -1; reached < end && reached > before;) {
        const more = await this.#fetch(reached, signal);
        hashes.push(...more.filter(({ sizeBytes }) => sizeBytes > 0));
        before = reached;
        reached = more.reduce((last, { offset, sizeBytes }) => Math.max(last, offset + sizeBytes), reached);
      }
    } catch (error) {
      // An account or a server for which the method does not exist is no reason to go without the file.
      const isRefused = isChatferryError(error, 'REMOTE_ERROR', 'NO_ACCESS', 'MEDIA_UNAVAILABLE') && !error.retryable;
      if (!isRefused) throw error;
      this.#givesNone = true;
    }
    this.#hasGiven ||= hashes.length > 0;
    return hashes;
  }
}

function stretchOf(offset: number): number {
  return Math.floor(offset / STRETCH_BYTES) * STRETCH_BYTES;
}
