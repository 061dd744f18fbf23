import { fileError } from '../../disk/file-error.js';
import type { ChatferryError } from '../../errors/chatferry-error.js';

/** How the C library spells what the system refused (strerror(3)), and what kills a program that writes too much. */
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
 * What the system refused to a program or library that was reading or writing a file, by what that printed: it says the
 * cause in the middle of much else.
 *
 * @param doing - As {@link fileError} takes it.
 * @returns undefined where it was something else.
 */
export function systemRefusal(printed: string, doing: string, path: string): ChatferryError | undefined {
  const found = SPELLINGS.find(([text]) => printed.includes(text));
  if (found === undefined) return undefined;
  const [text, code] = found;
  return fileError(Object.assign(new Error(text), { code }), doing, path);
}
