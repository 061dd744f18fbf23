import { ChatferryError } from '../../errors/chatferry-error.js';

/** Thrown when a file waits for others of its run to make room. The far end has refused nothing: nobody else has to wait. */
export class WaitsForOthers extends ChatferryError {
  constructor(message: string, retryAfterMs: number) {
    super('REMOTE_ERROR', message, { retryAfterMs });
  }
}
