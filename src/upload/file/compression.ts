import { createGzip, deflateRaw } from 'node:zlib';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';

import { withFileErrors } from '../../disk/file-error.js';
import { createOwnFile } from '../../disk/own-file.js';
import { type CutOptions, digestWhole, type PreparedFile } from './prepared-file.js';
import { SourceFile } from './source-file.js';
import type { TargetRun } from '../target-run.js';

/**
 * Kinds that may shrink. What is compressed in itself, as all media are, is not even tried; and what is not known to be of
 * such a kind stays as it is.
 */
const SHRINKS =
  /^(?:text\/|application\/(?:json|xml|x-ndjson|ndjson|javascript|sql|x-sqlite3|vnd\.sqlite3|x-sh|x-tex|rtf)|[a-z]+\/[\w.-]+\+(?:json|xml)|image\/svg\+xml)/;
/** Smaller files cost a request, and hardly any bytes. */
const LEAST_BYTES = 4 * 1024;
const SAMPLE_BYTES = 64 * 1024;
/** A tenth less is worth the time at both ends. */
const MOST_RATIO = 0.9;
/** The same in every run, because a session resumes with the same bytes. */
const LEVEL = 6;

const deflate = promisify(deflateRaw);

/**
 * Makes a gzip file of a file that shrinks, where the target can say what it is. It is one member: curl fails on a file of
 * several, and wget and Chromium give the first one only, although RFC 1952 (section 2.2) allows them.
 *
 * The file is written aside and not kept in memory; it goes when it is disposed of. The same bytes come out in every run
 * of one version of Node; where they do not, the session says so by their hash, and the file starts over.
 *
 * @returns undefined where the file is sent as it is.
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
      return { ...(await describe(prepared, source, cut, signal)), [Symbol.asyncDispose]: dispose };
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
  source: SourceFile,
  cut: CutOptions,
  signal: AbortSignal,
): Promise<Omit<PreparedFile, typeof Symbol.asyncDispose>> {
  const { sha256, md5, ...digested } = await digestWhole(source, cut, signal);
  const sent = { sizeBytes: source.sizeBytes, sha256 };
  const stored = { encoding: 'gzip', ...sent } as const;
  const file = { name, contentType, ...sent, ...(md5 === undefined ? {} : { md5 }), contentEncoding: 'gzip' } as const;
  return { ...digested, original, source, stored, file: { ...file, original: { sizeBytes, sha256: originalSha256 } } };
}

/** By its kind, and by samples of its beginning, middle and end. */
async function shrinks({ source, file }: PreparedFile, signal: AbortSignal): Promise<boolean> {
  const { sizeBytes, contentType } = file;
  if (sizeBytes < LEAST_BYTES || !SHRINKS.test(contentType.toLowerCase())) return false;
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
  return after < before * MOST_RATIO;
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
            written += bytesWritten; // A full disk may take a part only.
          }
        }
      },
      { signal },
    );
  });
  signal.throwIfAborted();
}
