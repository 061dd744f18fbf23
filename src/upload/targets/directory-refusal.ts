import { fileError, isSystemError } from '../../disk/file-error.js';
import { ChatferryError, isChatferryError } from '../../errors/chatferry-error.js';

/**
 * Runs `work` on the disk of a target. Its errors count as refusals by that target, not as errors of this machine, so that other
 * targets continue.
 *
 * @throws {ChatferryError} `STORE_REFUSED` instead of `FILE_SYSTEM`; other errors are passed on.
 */
export async function onItsDisk<T>(doing: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw refusal(error, doing, path);
  }
}

function refusal(error: unknown, doing: string, path: string): ChatferryError {
  const { code, message, cause, retryable } =
    isSystemError(error) && isFull(error) ? full(error, doing, path) : fileError(error, doing, path);
  if (code !== 'FILE_SYSTEM') return isChatferryError(error) ? error : new ChatferryError(code, message, { cause });
  return new ChatferryError('STORE_REFUSED', message, { cause, retryable });
}

/** Whether a disk is full or a quota is used up. */
export function isFull(error: unknown): boolean {
  return isSystemError(error, 'ENOSPC', 'EDQUOT');
}

/** The unfinished file is removed, so that it does not take the last space. */
function full(cause: NodeJS.ErrnoException, doing: string, path: string): ChatferryError {
  const message = `Cannot ${doing} ${path}: ${cause.code === 'EDQUOT' ? 'the disk quota is used up' : 'the disk is full'} (${cause.code ?? ''}). The unfinished file was removed. Free space there, then run the same command again: this file starts over, and finished ones stay.`;
  return new ChatferryError('FILE_SYSTEM', message, { cause });
}
