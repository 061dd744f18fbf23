import type { LookupFunction } from 'node:net';

import { Agent, type Dispatcher, errors, request } from 'undici';

import { ChatferryError } from '../../errors/chatferry-error.js';
import { AnswerDeadline } from './answer-deadline.js';
import { readText } from './answer-text.js';
import type { DestinationOptions } from './destination.js';
import { guardedLookup } from './guarded-lookup.js';
import { maskerOf } from './masked-text.js';
import { retryAfterMs } from './retry-after.js';

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** A stream needs `content-length` among the headers, or is sent in chunks. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** At most 1 MB of it. */
  readonly text: string;
}

export interface HttpClientOptions {
  /** Maximum number of connections to one host. */
  readonly connectionCount: number;
  /** Maximum time without an answer, or without progress in one, in milliseconds. */
  readonly timeoutMs: number;
  /** Keys that are sent. They are masked in error answers, because these end up in messages and sessions. */
  readonly secrets?: readonly string[];
  /** The host that the user named. Connections to other hosts are refused if they have private addresses. */
  readonly destination?: DestinationOptions;
  /** @defaultValue the system's */
  readonly lookup?: LookupFunction;
}

/** An HTTP client with a pool of connections that are kept open, which saves a handshake per request. */
export class HttpClient implements AsyncDisposable {
  readonly #agent: Agent;
  readonly #timeoutMs: number;
  /** Masks the keys that are sent. */
  readonly mask: (text: string) => string;

  constructor({ connectionCount, timeoutMs, secrets = [], destination, lookup }: HttpClientOptions) {
    this.#timeoutMs = timeoutMs;
    this.mask = maskerOf(secrets);
    const looksUp = destination === undefined ? lookup : guardedLookup(destination, lookup);
    this.#agent = new Agent({
      connections: connectionCount,
      keepAliveTimeout: 30_000,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      connect: { timeout: Math.min(timeoutMs, 30_000), ...(looksUp === undefined ? {} : { lookup: looksUp }) },
    });
  }

  /**
   * Sends a request and reads a short answer, which must be complete before the deadline. Redirects are returned, not
   * followed.
   *
   * @throws {ChatferryError} `UNREACHABLE` or `TIMEOUT`, both retryable; what the body throws; the signal's reason.
   */
  async send(sent: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    using deadline = new AnswerDeadline(sent.url.host, this.#timeoutMs, signal);
    const { statusCode, headers, body } = await this.#request(sent, deadline, signal);
    const text = await reading({ url: sent.url, deadline, signal }, () => readText(body));
    const said = flat(headers);
    if (statusCode < 300) return { status: statusCode, headers: said, text };
    const masked = Object.entries(said).map(([name, value]) => [name, this.mask(value)] as const);
    return { status: statusCode, headers: Object.fromEntries(masked), text: this.mask(text) };
  }

  /** As {@link HttpClient.send}, for answers that are read as a stream. The body must be read or destroyed. */
  async open(sent: HttpRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const deadline = new AnswerDeadline(sent.url.host, this.#timeoutMs, signal);
    try {
      const answer = await this.#request(sent, deadline, signal);
      deadline.lift();
      answer.body.once('close', () => {
        deadline[Symbol.dispose]();
      });
      return answer;
    } catch (error) {
      deadline[Symbol.dispose]();
      throw error;
    }
  }

  async #request(
    { method, url, headers = {}, body }: HttpRequest,
    deadline: AnswerDeadline,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const isStream = body !== undefined && typeof body === 'object' && Symbol.asyncIterator in body;
    const sent = isStream ? thenStarting(deadline, body) : body;
    if (!isStream) deadline.start();
    const answer = await reading({ url, deadline, signal }, () =>
      request(url, {
        method,
        headers,
        signal: deadline.signal,
        dispatcher: this.#agent,
        reset: false, // Also after HEAD, where undici would close the connection, which would cost a handshake per compared file.
        ...(sent === undefined ? {} : { body: sent as Dispatcher.DispatchOptions['body'] & {} }),
      }),
    );
    deadline.start();
    // A stream that is destroyed before its end emits an error, which would end the process. Readers get the error anyway.
    answer.body.on('error', () => undefined);
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
  }
}

/** The host and the request, for messages. */
export interface AskedOf {
  readonly host: string;
  /** Worded to follow "when asked to": `begin the upload`. */
  readonly doing: string;
}

/**
 * The error for an unexpected answer. `retryable` for temporary errors: 408, 425, 429 and 5xx
 * (https://www.rfc-editor.org/rfc/rfc9110#section-15), with the `Retry-After` of the answer, if any.
 *
 * @param keyRemedy - The remedy if the key is refused, as a sentence: see {@link checkKey}.
 */
export function answerError(
  { status, headers, text }: HttpAnswer,
  { host, doing }: AskedOf,
  keyRemedy: string,
): ChatferryError {
  const detail = text.replaceAll(/\s+/g, ' ').trim().slice(0, 200);
  const said = `${host} answered ${status} when asked to ${doing}${detail === '' ? '' : `: ${detail}`}`;
  const passes = status >= 500 || [408, 425, 429].includes(status);
  if (passes) {
    const afterMs = retryAfterMs(headers['retry-after'], Date.now());
    const options = afterMs === undefined ? { retryable: true } : { retryAfterMs: afterMs };
    return new ChatferryError('REMOTE_ERROR', `${said}.`, options);
  }
  if (status === 401 || status === 403) {
    return new ChatferryError('STORE_REFUSED', `${said}. ${keyRemedy}`);
  }
  return new ChatferryError('STORE_REFUSED', `${said}.`);
}

/** The remedy if the key of this setting is refused. */
export function checkKey(setting: string): string {
  return `Check the key in ${setting} and its rights.`;
}

async function* thenStarting(
  deadline: AnswerDeadline,
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  yield* body;
  deadline.start();
}

interface Exchange {
  readonly url: URL;
  readonly deadline: AnswerDeadline;
  readonly signal: AbortSignal;
}

async function reading<T>({ url, deadline, signal }: Exchange, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    if (deadline.failure !== undefined) throw deadline.failure;
    if (error instanceof ChatferryError) throw error;
    const cause = error;
    const isLate =
      error instanceof errors.HeadersTimeoutError ||
      error instanceof errors.BodyTimeoutError ||
      error instanceof errors.ConnectTimeoutError;
    if (isLate) {
      throw new ChatferryError('TIMEOUT', `${url.host} did not answer in time.`, { cause, retryable: true });
    }
    const what = error instanceof Error ? error.message : String(error);
    throw new ChatferryError('UNREACHABLE', `The connection to ${url.host} failed: ${what}.`, {
      cause,
      retryable: true,
    });
  }
}

function flat(headers: Readonly<Record<string, string | string[] | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}
