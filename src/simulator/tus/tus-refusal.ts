import { ChatferryError } from '../../errors/chatferry-error.js';

/** Refuses a request to the tus server, with an HTTP status and a sentence. It never leaves the server. */
export class TusRefusal extends ChatferryError {
  readonly status: number;

  constructor(status: number, text: string) {
    super('REMOTE_ERROR', text);
    this.status = status;
  }
}
