import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

import { type Line, type LineOptions, startLine } from '../../../src/bench/upload/line-proxy.js';
import { SeededRandom } from '../../../src/simulator/world/seeded-random.js';

/** A request as a fault sees it. */
export interface SeenRequest {
  /** From 1, of all requests. */
  readonly number: number;
  /** From 1, of the requests with this method. */
  readonly methodNumber: number;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** What a server says. */
export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** What happens to a request. */
export type HttpFault =
  /** This is answered after the request was read, and the server never sees it. */
  | { readonly answer: Partial<Omit<Answer, 'body'>> & { readonly body?: string } }
  /** The same without reading the body. */
  | { readonly answerAtOnce: Partial<Omit<Answer, 'body'>> & { readonly body?: string } }
  /** The server does it, and its answer is turned into another: a lie about what came of it. */
  | { readonly turn: (answer: Answer) => Answer }
  /** The connection is reset: before the server sees the request; behind so many bytes of its body; or when it is done. */
  | { readonly reset: 'before' | 'after' | number }
  /** Neither is the server asked nor anything answered. */
  | 'silent';

/** Called once for each request. Undefined: nothing goes wrong. */
export type HttpFaults = (request: SeenRequest) => HttpFault | undefined;

export interface FaultProxyOptions {
  /** On loopback. */
  readonly serverPort: number;
  readonly faults?: HttpFaults;
  /** What the way to the proxy is like. */
  readonly line?: Omit<LineOptions, 'port'>;
}

export interface FaultProxy extends AsyncDisposable {
  /** `http://127.0.0.1:…`, without a slash at its end. */
  readonly origin: string;
  readonly requests: readonly SeenRequest[];
  /** Of {@link FaultProxy.requests}, those that a fault befell. */
  readonly faultCount: number;
  readonly line: Line;
}

const HOST = '127.0.0.1';

/** Starts an HTTP proxy that stands in the place of a server, over a line, and lets requests go wrong as it is told. */
export async function startFaultProxy({
  serverPort,
  faults = () => undefined,
  line: lineOptions = {},
}: FaultProxyOptions): Promise<FaultProxy> {
  const requests: SeenRequest[] = [];
  let faultCount = 0;
  const pass = (incoming: IncomingMessage, answer: ServerResponse): void => {
    const { method = 'GET', url: path = '/', headers } = incoming;
    const methodNumber = requests.filter((earlier) => earlier.method === method).length + 1;
    const seen = { number: requests.length + 1, methodNumber, method, path, headers };
    requests.push(seen);
    const fault = faults(seen);
    if (fault !== undefined) faultCount += 1;
    const { socket } = incoming;
    serve(incoming, answer, { fault, serverPort, socket }).catch(() => socket.resetAndDestroy());
  };
  const server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 }, pass);
  server.on('checkContinue', pass);
  server.listen(0, HOST);
  await once(server, 'listening');
  const line = await startLine({ ...lineOptions, port: (server.address() as AddressInfo).port });
  return {
    origin: `http://${HOST}:${line.port}`,
    requests,
    line,
    get faultCount() {
      return faultCount;
    },
    async [Symbol.asyncDispose]() {
      await line[Symbol.asyncDispose]();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Serving {
  readonly fault: HttpFault | undefined;
  readonly serverPort: number;
  /** Of the client; a message that is done has none any more. */
  readonly socket: Socket;
}

async function serve(
  incoming: IncomingMessage,
  answer: ServerResponse,
  { fault, serverPort, socket }: Serving,
): Promise<void> {
  if (fault === 'silent') {
    incoming.resume();
    return;
  }
  if (fault !== undefined && 'answerAtOnce' in fault) {
    answer.setHeader('connection', 'close');
    say(answer, { status: 500, headers: {}, ...fault.answerAtOnce, body: Buffer.from(fault.answerAtOnce.body ?? '') });
    return;
  }
  if (fault !== undefined && 'answer' in fault) {
    if (incoming.headers.expect !== undefined) answer.writeContinue();
    incoming.resume();
    await once(incoming, 'end');
    say(answer, { status: 500, headers: {}, ...fault.answer, body: Buffer.from(fault.answer.body ?? '') });
    return;
  }
  if (fault !== undefined && 'reset' in fault && fault.reset === 'before') {
    socket.resetAndDestroy();
    return;
  }
  const cutAtBytes =
    fault !== undefined && 'reset' in fault && typeof fault.reset === 'number' ? fault.reset : Infinity;
  const given = await ask(incoming, answer, { serverPort, cutAtBytes });
  if (fault !== undefined && 'reset' in fault) {
    socket.resetAndDestroy();
    return;
  }
  say(answer, fault !== undefined && 'turn' in fault ? fault.turn(given) : given);
}

interface Asking {
  readonly serverPort: number;
  /** Behind so many bytes of the body, the connections are reset. */
  readonly cutAtBytes: number;
}

/** Asks the server the same thing, header for header: signatures cover them. */
async function ask(
  incoming: IncomingMessage,
  answer: ServerResponse,
  { serverPort, cutAtBytes }: Asking,
): Promise<Answer> {
  const { method, url, rawHeaders } = incoming;
  const asked = request({
    host: HOST,
    port: serverPort,
    method,
    path: url,
    setHost: false,
    agent: false,
    headers: [...withoutConnection(rawHeaders), 'Connection', 'close'],
  });
  asked.on('continue', () => {
    answer.writeContinue();
  });
  // A connection that is kept open carries many requests.
  const { socket } = incoming;
  const stop = (): unknown => asked.destroy();
  socket.once('close', stop);
  asked.once('close', () => socket.off('close', stop));
  const response = once(asked, 'response') as Promise<[IncomingMessage]>;
  response.catch(() => undefined); // It is awaited below, maybe after it has failed.
  let passedBytes = 0;
  asked.flushHeaders();
  for await (const piece of incoming as AsyncIterable<Buffer>) {
    const passed = piece.subarray(0, cutAtBytes - passedBytes);
    passedBytes += passed.length;
    if (!asked.write(passed)) await Promise.race([once(asked, 'drain'), response]);
    if (passedBytes < cutAtBytes) continue;
    asked.destroy();
    throw new Error('Cut as asked for.');
  }
  asked.end();
  const [given] = await response;
  const pieces: Buffer[] = [];
  for await (const piece of given as AsyncIterable<Buffer>) pieces.push(piece);
  return { status: given.statusCode ?? 502, headers: given.headers, body: Buffer.concat(pieces) };
}

function say(answer: ServerResponse, { status, headers, body }: Answer): void {
  answer.statusCode = status;
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || ['connection', 'keep-alive', 'transfer-encoding'].includes(name)) continue;
    answer.setHeader(name, value);
  }
  const isHead = answer.req.method === 'HEAD';
  if (!isHead && status !== 204 && status !== 304) answer.setHeader('content-length', body.length);
  answer.end(isHead ? undefined : body);
}

function withoutConnection(rawHeaders: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2);
    if (!['connection', 'keep-alive'].includes(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}

/** Faults by the number of the request among those of its method: `onNth('PATCH', { 2: 'silent' })`. */
export function onNth(method: string, faults: Readonly<Record<number, HttpFault>>): HttpFaults {
  return (seen) => (seen.method === method ? faults[seen.methodNumber] : undefined);
}

/** One of the faults by chance, the same chance each time: for a random but repeatable line. */
export function seededFaults(
  faults: readonly HttpFault[],
  { seed, probability }: { readonly seed: number; readonly probability: number },
): HttpFaults {
  const random = new SeededRandom(seed);
  return () => (random.chance(probability) ? random.pick(faults) : undefined);
}

/** An answer that asks for patience. @param seconds - As `Retry-After` says it. */
export function tooManyRequests(seconds: number): HttpFault {
  return { answer: { status: 429, headers: { 'retry-after': String(seconds) }, body: 'Slow down' } };
}
