import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as a protocol server sees it. */
export interface Received {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  /** Ends with an error where the connection is cut. */
  readonly body: AsyncIterable<Buffer>;
}

/** `body`: text and bytes as they are, anything else as JSON. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Something that goes wrong on the way, once. */
export interface Fault {
  readonly when: (received: Received) => boolean;
  /** @defaultValue 1 */
  readonly times?: number;
  /** Given instead of the server's own. The request is not handled. */
  readonly answer?: Answer;
  /** The connection breaks after so many bytes of the request. */
  readonly cutAfterBytes?: number;
  /** The request is handled, and the connection breaks before the answer. */
  readonly loseAnswer?: boolean;
}

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  status: number | undefined;
}

/** A server on loopback that speaks the protocol of a store, as its public documentation has it. */
export abstract class ProtocolServer implements AsyncDisposable {
  /** Every request, in order. */
  readonly seen: SeenRequest[] = [];
  readonly #faults: { readonly fault: Fault; left: number }[] = [];
  readonly #server = createServer((request, response) => {
    void this.#serve(request, response);
  });
  #port = 0;

  protected abstract handle(received: Received): Promise<Answer>;

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async listen(): Promise<this> {
    this.#server.requestTimeout = 0;
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  inject(fault: Fault): void {
    this.#faults.push({ fault, left: fault.times ?? 1 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', headers } = request;
    const url = new URL(request.url ?? '/', this.origin);
    const seen: SeenRequest = { method, url: url.href, headers, status: undefined };
    this.seen.push(seen);
    const fault = this.#faultFor({ method, url, headers, body: request });
    const body = bodyOf(request, fault?.cutAfterBytes);
    try {
      const answer = fault?.answer ?? (await this.handle({ method, url, headers, body }));
      if (fault?.loseAnswer === true) {
        request.socket.destroy();
        return;
      }
      seen.status = answer.status;
      write(response, answer);
      // What is not read would stand before the next request on this connection.
      if (!request.complete) request.resume();
    } catch (error) {
      if (!response.destroyed) write(response, { status: 500, body: String(error) });
    }
  }

  #faultFor(received: Received): Fault | undefined {
    const found = this.#faults.find(({ fault, left }) => left > 0 && fault.when(received));
    if (found !== undefined) found.left -= 1;
    return found?.fault;
  }
}

/** All bytes of a body. */
export async function wholeBody(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function* bodyOf(request: IncomingMessage, cutAfterBytes = Infinity): AsyncGenerator<Buffer> {
  let left = cutAfterBytes;
  for await (const piece of request as AsyncIterable<Buffer>) {
    yield piece.subarray(0, left);
    left -= piece.length;
    if (left <= 0) {
      request.socket.destroy();
      throw new Error('The connection was cut');
    }
  }
  if (!request.complete) throw new Error('The client left');
}

function write(response: ServerResponse, { status, headers = {}, body }: Answer): void {
  const isPlain = body === undefined || typeof body === 'string' || Buffer.isBuffer(body);
  response.writeHead(status, { ...(isPlain ? {} : { 'content-type': 'application/json' }), ...headers });
  response.end(isPlain ? body : JSON.stringify(body));
}
