import { fileError } from '../../disk/file-error.js';
import type { ChatferryError } from '../../errors/chatferry-error.js';

/** Error messages of the C library (strerror(3)), and the signal for a file that exceeds its size limit. */
const SPELLINGS: readonly (readonly [text: string, code: string])[] = [
  ['No space left on device', 'ENOSPC'],
  ['Disk quota exceeded', 'EDQUOT'],
  ['File too large', 'EFBIG'],
  ['SIGXFSZ', 'EFBIG'],
  ['Read-only file system', 'EROFS'],
  ['Permission denied', 'EACCES'],
  ['Too many open files', 'EMFILE'],
];

/**
 * Finds the system error in the output of a program or library that failed to read or write a file.
 *
 * @param doing - As for {@link fileError}.
 * @returns undefined for other failures.
 */
export function systemRefusal(printed: string, doing: string, path: string): ChatferryError | undefined {
  const found = SPELLINGS.find(([text]) => printed.includes(text));
  if (found === undefined) return undefined;
  const [text, code] = found;
  return fileError(Object.assign(new Error(text), { code }), doing, path);
}
