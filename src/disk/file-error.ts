import { ChatferryError } from '../errors/chatferry-error.js';

/** The meanings and remedies of error codes of the operating system (errno(3)). */
const MEANING: Readonly<Record<string, readonly [meaning: string, remedy: string]>> = {
  ENOSPC: ['the disk is full', 'Make room, then run the same command again: it continues where it stopped.'],
  EDQUOT: ['the disk quota is used up', 'Make room, then run the same command again: it continues where it stopped.'],
  EFBIG: ['the file is too large for this file system', 'Use a file system that takes files of this size.'],
  EACCES: ['permission denied', 'Give this user the right to write there, or choose another directory.'],
  EPERM: ['the operation is not permitted', 'Give this user the right to write there, or choose another directory.'],
  EROFS: ['the file system is read-only', 'Mount it writable, or choose another directory.'],
  EIO: ['the disk reports an input/output error', 'Check the disk and its cable; copy what is there before going on.'],
  EMFILE: ['too many files are open', 'Raise the limit (ulimit -n), or set MAX_PARALLEL_MEDIA lower.'],
  ENFILE: ['the system has too many files open', 'Close other programs, or set MAX_PARALLEL_MEDIA lower.'],
  ENOENT: ['there is no such file or folder', 'Was it moved or deleted while this ran? Run the same command again.'],
  ENOTDIR: ['a part of the path is a file, not a folder', 'Move that file away, or choose another directory.'],
  EISDIR: ['there is a folder where a file should be', 'Move that folder away.'],
  EEXIST: ['something is there already', 'Move it away.'],
  ENAMETOOLONG: ['the path is too long', 'Choose a directory with a shorter path.'],
  EBUSY: ['the file is in use', 'Close the program that uses it, then run the same command again.'],
};

const PASSING: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'EBUSY', 'EAGAIN']);

/** Whether `error` comes from the operating system, such as `ENOENT`. */
export function isSystemError(error: unknown, ...codes: readonly string[]): error is NodeJS.ErrnoException {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  return codes.length === 0 ? /^E[A-Z0-9]+$/.test(error.code) : codes.includes(error.code);
}

/**
 * Turns an error of the operating system into a {@link ChatferryError} `FILE_SYSTEM` that names the path, the meaning
 * and the remedy. A {@link ChatferryError} passes unchanged; anything else is `INTERNAL`.
 *
 * @param doing - What was tried, worded to follow "Cannot": `write`, `create the folder`.
 */
export function fileError(error: unknown, doing: string, path: string): ChatferryError {
  if (error instanceof ChatferryError) return error;
  if (!isSystemError(error)) {
    return new ChatferryError('INTERNAL', `Cannot ${doing} ${path}: ${String(error)}`, { cause: error });
  }
  const code = error.code ?? '';
  const [meaning, remedy] = meaningOf(code, doing) ?? [error.message, 'Check the path and the disk.'];
  return new ChatferryError('FILE_SYSTEM', `Cannot ${doing} ${path}: ${meaning} (${code}). ${remedy}`, {
    cause: error,
    retryable: PASSING.has(code),
  });
}

function meaningOf(code: string, doing: string): readonly [meaning: string, remedy: string] | undefined {
  const known = MEANING[code];
  const isRefusedReading = doing.startsWith('read') && ['EACCES', 'EPERM'].includes(code);
  return known !== undefined && isRefusedReading ? [known[0], 'Give this user the right to read it.'] : known;
}

/** Runs `work` and converts its errors with {@link fileError}. @throws {ChatferryError} */
export async function withFileErrors<T>(doing: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fileError(error, doing, path);
  }
}
