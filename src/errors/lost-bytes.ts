import { ChatferryError } from './chatferry-error.js';

/** What Node gives in `process.argv` for bytes that are not UTF-8 (U+FFFD). A name may have it, too. */
const REPLACEMENT = '\u{FFFD}';

/** Refuses an argument that names nothing because bytes of it were lost. @throws {ChatferryError} `USAGE` */
export function refuseLostBytes(written: string): void {
  if (!written.includes(REPLACEMENT)) return;
  const message = `"${written}" names nothing: it is not valid UTF-8, and what came of the other bytes is ${REPLACEMENT}. Rename the file or folder to a name that is UTF-8, then run the same command again.`;
  throw new ChatferryError('USAGE', message);
}
