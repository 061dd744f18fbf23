import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

import type { Archive } from '../../archive/archive.js';
import type { StoredFile } from '../../chat/record.js';
import { openOwnFile } from '../../disk/own-file.js';
import type { Media } from '../../chat/media.js';
import type { Message } from '../../chat/message.js';
import type { ExportSource, RangeHash } from '../../source/live-source.js';
import { LazyHashes } from './lazy-hashes.js';

export interface TwinSearchOptions {
  readonly source: Pick<ExportSource, 'fileHashes'>;
  readonly archive: Pick<Archive, 'filesOfSize'>;
  /** For each answer of the source. */
  readonly timeoutMs: number;
}

/** A stored file that may have the same bytes. */
export type Twin = StoredFile & { readonly absolutePath: string };

/** One file that is about to be fetched. */
export interface TwinCandidate {
  /**
   * Finds a stored file whose bytes all match the hashes that the source announces for this one. Undefined if there is
   * none, or the source announces no hashes. Waits for files with the same first hash that are being fetched.
   *
   * @throws the signal's reason when it aborts.
   */
  find(): Promise<Twin | undefined>;
  /** Must be called at the end, whatever the outcome. */
  leave(): Promise<void>;
}

/** The size of an answer with hashes. Fetching a smaller file costs less than its hashes. */
const MIN_BYTES = 1024;
/** After this many timeouts, the server is not asked again. */
const MAX_TIMEOUTS = 3;
/** The rows of so many files may not be written yet: more than a window. */
const REMEMBERED_SIZES = 4096;

interface RunningSearch {
  readonly hashes: LazyHashes;
  readonly end: Promise<void>;
}

/**
 * Finds out whether a file is in the archive under another id, without fetching it. Among the stored files of the same
 * size, it finds the one whose ranges on disk match the hashes that the source announces. If no other file has the
 * size, it requests nothing.
 */
export class TwinSearch {
  readonly #options: TwinSearchOptions;
  readonly #inProgress = new Map<number, Set<RunningSearch>>();
  /** Files that were placed, by size; their rows may not be written yet. */
  readonly #placed = new Map<number, Twin[]>();
  #timeoutCount = 0;

  constructor(options: TwinSearchOptions) {
    this.#options = options;
  }

  /** Registers a file that is about to be fetched. Undefined if no search is possible. */
  enter(message: Message, media: Media, signal: AbortSignal): TwinCandidate | undefined {
    const { source, timeoutMs } = this.#options;
    const { sizeBytes = 0 } = media;
    if (source.fileHashes === undefined || sizeBytes < MIN_BYTES || this.#timeoutCount >= MAX_TIMEOUTS) {
      return undefined;
    }
    const ask = (stop: AbortSignal): AsyncIterable<RangeHash> => source.fileHashes?.(message, media, stop) ?? none();
    const hashes = new LazyHashes(ask, timeoutMs, signal);
    let settle = (): void => undefined;
    const end = new Promise<void>((resolve) => {
      settle = resolve;
    });
    const own: RunningSearch = { hashes, end };
    const others = this.#inProgress.get(sizeBytes) ?? new Set<RunningSearch>();
    // Waits only for earlier candidates, so that no two wait for each other.
    const earlier = [...others];
    this.#inProgress.set(sizeBytes, others.add(own));
    return {
      find: () => this.#find(sizeBytes, { hashes, earlier, signal }),
      leave: async () => {
        others.delete(own);
        if (others.size === 0) this.#inProgress.delete(sizeBytes);
        if (hashes.timedOut) this.#timeoutCount += 1;
        settle();
        await hashes.close();
      },
    };
  }

  /** Makes a file known to later candidates, since its row may not be written yet. */
  placed(file: Twin): void {
    const { sizeBytes } = file;
    const files = (this.#placed.get(sizeBytes) ?? []).filter(({ sha256 }) => sha256 !== file.sha256);
    this.#placed.delete(sizeBytes);
    this.#placed.set(sizeBytes, [...files.slice(-7), file]);
    const oldest = this.#placed.size > REMEMBERED_SIZES ? this.#placed.keys().next() : undefined;
    if (oldest?.done === false) this.#placed.delete(oldest.value);
  }

  async #find(
    sizeBytes: number,
    { hashes, earlier, signal }: { hashes: LazyHashes; earlier: readonly RunningSearch[]; signal: AbortSignal },
  ): Promise<Twin | undefined> {
    for (const other of earlier) {
      const [own, first] = await Promise.all([hashes.at(0), other.hashes.at(0)]);
      if (own !== undefined && first !== undefined && isEqual(own.sha256, first.sha256)) await other.end;
    }
    for (const file of this.#filesOfSize(sizeBytes)) {
      signal.throwIfAborted();
      if (await hasHashes(file, hashes)) return file;
    }
    signal.throwIfAborted();
    return undefined;
  }

  #filesOfSize(sizeBytes: number): readonly Twin[] {
    const found = new Map<string, Twin>();
    const files = [...this.#options.archive.filesOfSize(sizeBytes), ...(this.#placed.get(sizeBytes) ?? [])];
    for (const file of files) found.set(file.sha256, file);
    return [...found.values()];
  }
}

/** Whether the ranges cover the whole file without a gap, and its bytes match their hashes. */
async function hasHashes({ absolutePath, sizeBytes }: Twin, hashes: LazyHashes): Promise<boolean> {
  if ((await hashes.at(0)) === undefined) return false;
  const file = await openToRead(absolutePath);
  if (file === undefined) return false;
  try {
    let reached = 0;
    let index = 0;
    for (; reached < sizeBytes; index += 1) {
      const range = await hashes.at(index);
      if (range === undefined || range.offset > reached || range.offset + range.sizeBytes <= reached) return false;
      const end = Math.min(range.offset + range.sizeBytes, sizeBytes);
      const digest = await digestOf(file, range.offset, end);
      if (digest === undefined || !isEqual(digest, range.sha256)) return false;
      reached = end;
    }
    // If the announced size was too small, there are hashes of the bytes behind it as well.
    return (await hashes.at(index)) === undefined;
  } finally {
    await file.close();
  }
}

const READ_BYTES = 256 * 1024;

/** SHA-256 of the bytes from `begin` to `end`; undefined if the file is shorter or cannot be read. */
async function digestOf(file: FileHandle, begin: number, end: number): Promise<Uint8Array | undefined> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, end - begin));
  for (let offset = begin; offset < end;) {
    const wanted = Math.min(buffer.length, end - offset);
    const bytesRead = await file.read(buffer, 0, wanted, offset).then(
      (read) => read.bytesRead,
      () => 0, // A file that cannot be read equals no other file; it is fetched again.
    );
    if (bytesRead === 0) return undefined;
    hash.update(buffer.subarray(0, bytesRead));
    offset += bytesRead;
  }
  return hash.digest();
}

/** Undefined if the file is missing or unreadable: then it is no twin. */
function openToRead(path: string): Promise<FileHandle | undefined> {
  return openOwnFile(path).catch(() => undefined);
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

async function* none(): AsyncGenerator<RangeHash, void, void> {
  // A source without hashes.
}
