import { createHash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';

import { ChatferryError, errorMessage } from '../../errors/chatferry-error.js';
import type { DownloadedFile, DownloadOptions } from '../message-source.js';
import { FileHashes } from './file-hashes.js';
import { LinkedAbort } from './linked-abort.js';
import { PART_BYTES, type RemoteFile } from './remote-file.js';

// Two parts on their way fill a connection at usual latencies; a third hides the time that writing takes.
const PARTS_IN_FLIGHT = 3;
const MOST_TRIES_PER_PART = 3;

export interface DownloadToFileOptions extends DownloadOptions {
  /** As announced. Undefined: the file ends with the first part that is not full. */
  readonly sizeBytes: number | undefined;
}

/**
 * Fetches a file part by part to `path`, hashed on the way and synced. Memory holds a few parts, never the file. On any
 * failure no file is left.
 *
 * @throws {ChatferryError} `CONTENT_MISMATCH` when the size is not the announced one; `FILE_SYSTEM`; and as
 *   {@link RemoteFile.part} does. The signal's reason when it aborts.
 */
export async function downloadToFile(remote: RemoteFile, options: DownloadToFileOptions): Promise<DownloadedFile> {
  const { path, signal } = options;
  signal.throwIfAborted();
  const handle = await onDisk(path, () => open(path, 'w'));
  try {
    const file = await writeParts(handle, remote, options);
    await onDisk(path, () => handle.sync());
    await onDisk(path, () => handle.close());
    return file;
  } catch (error) {
    await handle.close().catch(() => undefined); // It may be closed already; what went wrong first is what counts.
    await rm(path, { force: true });
    throw error;
  }
}

async function writeParts(
  handle: FileHandle,
  remote: RemoteFile,
  { path, sizeBytes, onBytes, signal }: DownloadToFileOptions,
): Promise<DownloadedFile> {
  using stop = new LinkedAbort(signal);
  const hash = createHash('sha256');
  const hashes = new FileHashes((offset, within) => remote.hashes(offset, within), sizeBytes);
  const partsAhead: Promise<Buffer>[] = [];
  let askedBytes = 0;
  let writtenBytes = 0;
  const ask = (): void => {
    // Without a size only one part is asked for at a time: behind the end there is nothing to ask.
    const ahead = sizeBytes === undefined ? 1 : PARTS_IN_FLIGHT;
    while (partsAhead.length < ahead && askedBytes < (sizeBytes ?? Infinity)) {
      const part = fetchPart(remote, { offset: askedBytes, sizeBytes, hashes, signal: stop.signal });
      part.catch(() => undefined); // It is awaited in its turn.
      partsAhead.push(part);
      askedBytes += PART_BYTES;
    }
  };
  try {
    for (;;) {
      ask();
      const next = partsAhead.shift();
      if (next === undefined) break;
      const part = await next;
      const position = writtenBytes;
      await onDisk(path, () => writeWhole(handle, part, position));
      hash.update(part);
      writtenBytes += part.length;
      onBytes?.(part.length);
      if (sizeBytes === undefined && part.length < PART_BYTES) break;
    }
    return { sizeBytes: writtenBytes, sha256: hash.digest('hex') };
  } finally {
    stop.abort();
    await Promise.allSettled(partsAhead);
  }
}

interface PartPlace {
  readonly offset: number;
  readonly sizeBytes: number | undefined;
  readonly hashes: FileHashes;
  readonly signal: AbortSignal;
}

/** A part is done when its length is right and no hash of the server speaks against it. */
async function fetchPart(remote: RemoteFile, { offset, sizeBytes, hashes, signal }: PartPlace): Promise<Buffer> {
  const expected = sizeBytes === undefined ? undefined : Math.min(PART_BYTES, sizeBytes - offset);
  hashes.expect(offset, signal);
  for (let trial = 1; ; trial += 1) {
    const bytes = await remote.part(offset, signal);
    const isRightLength = expected === undefined ? bytes.length <= PART_BYTES : bytes.length === expected;
    const endsFile = sizeBytes === undefined ? bytes.length < PART_BYTES : offset + bytes.length === sizeBytes;
    if (isRightLength && (await hashes.agrees({ offset, bytes, endsFile }, signal))) return bytes;
    if (trial < MOST_TRIES_PER_PART) continue;
    const said = `Telegram announced ${sizeBytes ?? 'an unknown number of'} bytes`;
    const sent = isRightLength
      ? `those it sent from byte ${offset} on do not have the hash it says`
      : `sent ${bytes.length} instead of ${expected ?? PART_BYTES} from byte ${offset} on`;
    throw new ChatferryError(
      'CONTENT_MISMATCH',
      `${said}, but ${sent}, ${trial} times. Run the same command again to retry.`,
      { retryable: true },
    );
  }
}

/** A write may take fewer bytes than it was given. */
async function writeWhole(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let writtenBytes = 0;
  while (writtenBytes < bytes.length) {
    const rest = bytes.length - writtenBytes;
    writtenBytes += (await handle.write(bytes, writtenBytes, rest, position + writtenBytes)).bytesWritten;
  }
}

async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new ChatferryError('FILE_SYSTEM', `${path} cannot be written: ${errorMessage(cause)}.`, { cause });
  }
}
