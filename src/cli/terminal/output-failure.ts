import { fileError } from '../../disk/file-error.js';
import { errorMessage } from '../../errors/chatferry-error.js';

/** One sentence or two about output that somebody wanted and did not get, as on a full disk. */
export function outputFailure(error: NodeJS.ErrnoException): string {
  return `${errorMessage(fileError(error, 'write to', 'standard output'))} Output that could not be printed is lost.`;
}
