import { createHash } from 'node:crypto';

import { isChatferryError } from '../../../errors/chatferry-error.js';

/** The server's hash of a range of a file (https://core.telegram.org/constructor/fileHash). */
export interface FileHash {
  readonly offset: number;
  readonly sizeBytes: number;
  /** SHA-256. */
  readonly sha256: Uint8Array;
}

/**
 * Fetches the hashes from `offset` on. The server decides how many it returns; the result is empty if it has none.
 *
 * @throws {ChatferryError} as a request does.
 */
export type FetchHashes = (offset: number, signal: AbortSignal) => Promise<readonly FileHash[]>;

/** Hashed ranges begin and end at multiples of this size, except at the end of the file. */
const BLOCK_BYTES = 4096;

/**
 * All hashes of a file in the order of their ranges, fetched lazily. Ends when the server has no more.
 *
 * @throws what `fetch` throws.
 */
export async function* hashesInOrder(
  fetch: FetchHashes,
  sizeBytes: number,
  signal: AbortSignal,
): AsyncGenerator<FileHash, void, void> {
  // A file whose announced size is a multiple of the block size may be longer. Only another request shows it.
  const end = sizeBytes % BLOCK_BYTES === 0 ? sizeBytes + 1 : sizeBytes;
  for (let reached = 0; reached < end;) {
    const before = reached;
    const hashes = [...(await fetch(reached, signal))].sort((one, other) => one.offset - other.offset);
    for (const hash of hashes) {
      // A server may answer from the start of the megabyte that contains the offset.
      if (hash.offset < reached) continue;
      yield hash;
      reached = hash.offset + hash.sizeBytes;
    }
    if (reached === before) return;
  }
}

/** A received part that is to be verified. */
export interface ReceivedPart {
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** Whether the file ends with this part. The range of a hash may then extend beyond its bytes. */
  readonly endsFile: boolean;
}

/**
 * The result of comparing a part of unannounced length with the server's hashes. `match`: the hashes cover the part,
 * are equal to those of its bytes, and end where the file ends. `no-hashes`: the server has none.
 */
export type HashVerdict = 'match' | 'mismatch' | 'no-hashes';

/** Hashes are requested for one megabyte at a time, which is one or two parts. */
const CHUNK_BYTES = 1024 * 1024;
/** Number of cached chunks: more than the parts of one file in flight. */
const MAX_CHUNKS = 32;

/** Verifies the parts of one file against the hashes that the server has of it. */
export class FileHashes {
  readonly #fetch: FetchHashes;
  readonly #isUnannounced: boolean;
  #sizeBytes: number;
  readonly #chunks = new Map<number, Promise<readonly FileHash[]>>();
  #hasNoHashes = false;
  #hasReceivedHashes = false;

  /** @param sizeBytes - Size of the file, if known. No hashes are requested beyond it. */
  constructor(fetch: FetchHashes, sizeBytes: number | undefined) {
    this.#fetch = fetch;
    this.#isUnannounced = sizeBytes === undefined;
    this.#sizeBytes = sizeBytes ?? Infinity;
  }

  /** From now on also requests hashes beyond the announced size, because that size may be wrong. */
  ignoreAnnouncedSize(): void {
    if (this.#sizeBytes === Infinity) return;
    this.#sizeBytes = Infinity;
    this.#chunks.clear();
  }

  /** Starts to fetch the hashes of the part at `offset`, so that they are available when its bytes arrive. */
  prefetch(offset: number, signal: AbortSignal): void {
    void this.#chunk(offset, signal).catch(() => undefined); // `allows` reports the same error.
  }

  /**
   * Whether no hash contradicts the bytes. A part without hashes is accepted.
   *
   * @throws {ChatferryError} when the request for hashes fails; the signal's reason when it aborts.
   */
  async allows({ offset, bytes, endsFile }: ReceivedPart, signal: AbortSignal): Promise<boolean> {
    const end = offset + bytes.length;
    for (const hash of await this.#chunk(offset, signal)) {
      const isInside = hash.offset >= offset && hash.offset < end;
      if (!isInside || (hash.offset + hash.sizeBytes > end && !endsFile)) continue;
      const range = bytes.subarray(hash.offset - offset, hash.offset - offset + hash.sizeBytes);
      if (createHash('sha256').update(range).digest().equals(hash.sha256)) continue;
      this.#chunks.delete(chunkStart(offset)); // The hashes may be wrong: the next attempt fetches them again.
      return false;
    }
    return true;
  }

  /**
   * Compares a part whose length is not the announced one with the server's hashes. With `endsFile`, the hashes must
   * also end with the part: hashes of later bytes show that the part was truncated.
   *
   * @throws as {@link FileHashes.allows} does.
   */
  async verdict({ offset, bytes, endsFile }: ReceivedPart, signal: AbortSignal): Promise<HashVerdict> {
    const end = offset + bytes.length;
    const hashes = [...(await this.#chunk(offset, signal))].sort((one, other) => one.offset - other.offset);
    if (hashes.length === 0) {
      // If Telegram answers with no size, no bytes and no hashes, it consistently describes an empty file.
      const isEmptyFile = offset === 0 && this.#isUnannounced && !this.#hasNoHashes;
      return endsFile && bytes.length === 0 && (this.#hasReceivedHashes || isEmptyFile) ? 'match' : 'no-hashes';
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
    const hasLaterHash = endsFile && hashes.some((hash) => hash.offset >= end);
    if (reached >= end && !hasLaterHash) return 'match';
    this.#chunks.delete(chunkStart(offset)); // The hashes may be wrong: the next attempt fetches them again.
    return 'mismatch';
  }

  #chunk(offset: number, signal: AbortSignal): Promise<readonly FileHash[]> {
    if (this.#hasNoHashes) return Promise.resolve([]);
    const begin = chunkStart(offset);
    let chunk = this.#chunks.get(begin);
    if (chunk === undefined) {
      chunk = this.#fetchChunk(begin, signal);
      this.#chunks.set(begin, chunk);
      chunk.catch(() => this.#chunks.delete(begin));
      const [oldest] = this.#chunks.keys();
      if (this.#chunks.size > MAX_CHUNKS && oldest !== undefined) this.#chunks.delete(oldest);
    }
    return chunk;
  }

  async #fetchChunk(begin: number, signal: AbortSignal): Promise<readonly FileHash[]> {
    const hashes: FileHash[] = [];
    let reached = begin;
    try {
      const end = Math.min(begin + CHUNK_BYTES, this.#sizeBytes);
      for (let before = -1; reached < end && reached > before;) {
        const more = await this.#fetch(reached, signal);
        hashes.push(...more.filter(({ sizeBytes }) => sizeBytes > 0));
        before = reached;
        reached = more.reduce((last, { offset, sizeBytes }) => Math.max(last, offset + sizeBytes), reached);
      }
    } catch (error) {
      // If the method is not available to this account or at this server, the file is fetched without hashes.
      const isRefused = isChatferryError(error, 'REMOTE_ERROR', 'NO_ACCESS', 'MEDIA_UNAVAILABLE') && !error.retryable;
      if (!isRefused) throw error;
      this.#hasNoHashes = true;
    }
    this.#hasReceivedHashes ||= hashes.length > 0;
    return hashes;
  }
}

function chunkStart(offset: number): number {
  return Math.floor(offset / CHUNK_BYTES) * CHUNK_BYTES;
}
