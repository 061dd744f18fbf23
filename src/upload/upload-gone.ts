import { ChatferryError } from '../errors/chatferry-error.js';

/**
 * Thrown when an unfinished upload is useless: the target discarded it, or contradicts what was sent. The file starts
 * over.
 */
export class UploadGone extends ChatferryError {
  /** Without a full stop. */
  readonly reason: string;

  constructor(reason: string) {
    super('REMOTE_ERROR', `${reason}. Run the same command again: it starts over.`);
    this.reason = reason;
  }
}
