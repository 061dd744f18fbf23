import { ChatferryError } from '../../errors/chatferry-error.js';

/** How the tus server says no: an HTTP status and a sentence. It never leaves the server. */
export class TusRefusal extends ChatferryError {
  readonly status: number;

  constructor(status: number, text: string) {
    super('REMOTE_ERROR', text);
    this.status = status;
  }
}
