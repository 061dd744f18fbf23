import { createGzip, deflateRaw } from 'node:zlib';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';

import { withFileErrors } from '../../disk/file-error.js';
import { createOwnFile } from '../../disk/own-file.js';
import { type CutOptions, digestWhole, type PreparedFile } from './prepared-file.js';
import { SourceFile } from './source-file.js';
import type { TargetRun } from '../target-run.js';

/** Types that may shrink. Formats with their own compression, such as all media, and unknown types are not tried. */
const SHRINKS =
  /^(?:text\/|application\/(?:json|xml|x-ndjson|ndjson|javascript|sql|x-sqlite3|vnd\.sqlite3|x-sh|x-tex|rtf)|[a-z]+\/[\w.-]+\+(?:json|xml)|image\/svg\+xml)/;
/** For smaller files the request costs more than the bytes. */
const MIN_BYTES = 4 * 1024;
const SAMPLE_BYTES = 64 * 1024;
/** Compression must save at least a tenth to be worth the time. */
const MAX_RATIO = 0.9;
/** Fixed, because a session can only be resumed with the same bytes. */
const LEVEL = 6;

const deflate = promisify(deflateRaw);

/**
 * Compresses a file with gzip if it shrinks and the target can declare the encoding. The result has a single member:
 * curl fails on several members, and wget and Chromium return only the first, although RFC 1952 (section 2.2) allows
 * them.
 *
 * The result is a temporary file, not memory; disposing of it removes the file. Every run with one version of Node
 * produces the same bytes. If the bytes differ, the hash in the session shows it, and the file starts over.
 *
 * @returns undefined if the file is sent uncompressed.
 * @throws {ChatferryError} `FILE_SYSTEM`; `SOURCE_CHANGED`; the signal's reason.
 */
export async function compressFile(
  { target, compress = false, store }: TargetRun,
  { prepared, cut }: { readonly prepared: PreparedFile; readonly cut: CutOptions },
  signal: AbortSignal,
): Promise<PreparedFile | undefined> {
  if (!compress || !target.abilities.declaresCompression) return undefined;
  if (!(await shrinks(prepared, signal))) return undefined;
  const spool = await store.makeSpool();
  try {
    const path = join(spool.path, 'file.gz');
    await writeGzip(prepared, path, signal);
    const source = await SourceFile.open(path, prepared.original);
    try {
      const dispose = async (): Promise<void> => {
        await source[Symbol.asyncDispose]();
        await spool.remove();
      };
      return { ...(await describe(prepared, { source, cut }, signal)), [Symbol.asyncDispose]: dispose };
    } catch (error) {
      await source[Symbol.asyncDispose]();
      throw error;
    }
  } catch (error) {
    await spool.remove();
    throw error;
  }
}

/** The compressed file that is sent instead of the original. */
async function describe(
  { original, file: { name, contentType, sizeBytes, sha256: originalSha256 } }: PreparedFile,
  { source, cut }: { readonly source: SourceFile; readonly cut: CutOptions },
  signal: AbortSignal,
): Promise<Omit<PreparedFile, typeof Symbol.asyncDispose>> {
  const { sha256, md5, ...digested } = await digestWhole(source, cut, signal);
  const sent = { sizeBytes: source.sizeBytes, sha256 };
  const stored = { encoding: 'gzip', ...sent } as const;
  const file = { name, contentType, ...sent, ...(md5 === undefined ? {} : { md5 }), contentEncoding: 'gzip' } as const;
  return { ...digested, original, source, stored, file: { ...file, original: { sizeBytes, sha256: originalSha256 } } };
}

/** Whether a file shrinks, by its type and by samples of its beginning, middle and end. */
async function shrinks({ source, file }: PreparedFile, signal: AbortSignal): Promise<boolean> {
  const { sizeBytes, contentType } = file;
  if (sizeBytes < MIN_BYTES || !SHRINKS.test(contentType.toLowerCase())) return false;
  const most = Math.min(SAMPLE_BYTES, sizeBytes);
  const offsets = new Set([0, Math.floor((sizeBytes - most) / 2), sizeBytes - most]);
  let before = 0;
  let after = 0;
  for (const offset of offsets) {
    for await (const piece of source.read({ offset, sizeBytes: most }, signal)) {
      before += piece.length;
      after += (await deflate(piece, { level: LEVEL })).length;
    }
  }
  return after < before * MAX_RATIO;
}

async function writeGzip({ source, file }: PreparedFile, path: string, signal: AbortSignal): Promise<void> {
  const whole = { offset: 0, sizeBytes: file.sizeBytes };
  await withFileErrors('write', path, async () => {
    await using target = await createOwnFile(path, { mode: 0o600 });
    await pipeline(
      source.readAgain(whole, file.sha256, signal),
      createGzip({ level: LEVEL }),
      async (pieces: AsyncIterable<Buffer>) => {
        for await (const piece of pieces) {
          for (let written = 0; written < piece.length;) {
            const { bytesWritten } = await target.write(piece, written, piece.length - written);
            written += bytesWritten; // A full disk may accept only a part.
          }
        }
      },
      { signal },
    );
  });
  signal.throwIfAborted();
}
