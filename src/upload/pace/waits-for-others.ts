import { ChatferryError } from '../../errors/chatferry-error.js';

/** Thrown when a file waits for others of its run to free space. The target has refused nothing, so other files need not wait. */
export class WaitsForOthers extends ChatferryError {
  constructor(message: string, retryAfterMs: number) {
    super('REMOTE_ERROR', message, { retryAfterMs });
  }
}
