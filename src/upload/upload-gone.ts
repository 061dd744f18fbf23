import { ChatferryError } from '../errors/chatferry-error.js';

/**
 * Thrown when an unfinished upload is of no use any more: the far end gave it up, or contradicts what was sent. The file
 * starts over.
 */
export class UploadGone extends ChatferryError {
  /** Without a full stop. */
  readonly reason: string;

  constructor(reason: string) {
    super('REMOTE_ERROR', `${reason}. Run the same command again: it starts over.`);
    this.reason = reason;
  }
}
