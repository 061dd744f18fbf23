import { ChatferryError } from '../../../errors/chatferry-error.js';
import { checkDestination } from '../../http/destination.js';
import { answerError, checkKey, type HttpAnswer, HttpClient, type HttpRequest } from '../../http/http-client.js';

/** https://tus.io/protocols/resumable-upload#tus-resumable */
const VERSION = '1.0.0';

export interface TusWireOptions {
  /** The URL that creates uploads. */
  readonly endpoint: URL;
  /** Sent only to the origin of the endpoint, such as an authorisation. */
  readonly headers: Readonly<Record<string, string>>;
  /** The setting of the key among them, for messages. */
  readonly keySetting: string;
  readonly connectionCount: number;
  readonly timeoutMs: number;
  readonly allowPrivateRedirects: boolean;
}

export interface TusRequest extends Omit<HttpRequest, 'url'> {
  /** As returned by the server, or relative to the endpoint. */
  readonly address: string;
}

/**
 * Requests to one tus server. Addresses from it are checked before each use, because they may have been stored in a
 * file.
 */
export class TusWire implements AsyncDisposable {
  readonly #options: TusWireOptions;
  readonly #http: HttpClient;

  constructor(options: TusWireOptions) {
    this.#options = options;
    const { endpoint, connectionCount, timeoutMs, allowPrivateRedirects: allowPrivate } = options;
    const secrets = Object.values(options.headers).map((value) => value.replace(/^Bearer /, ''));
    this.#http = new HttpClient({
      connectionCount,
      timeoutMs,
      secrets,
      destination: { configured: endpoint, allowPrivate },
    });
  }

  /**
   * Sends a request and reads its short answer. Redirects are not followed.
   *
   * @throws {ChatferryError} `UNREACHABLE`, `TIMEOUT`, both retryable; `STORE_REFUSED` for an address that is not
   *   allowed, or if the server speaks another version.
   */
  async send({ address, ...request }: TusRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const url = await this.urlOf(address);
    const answer = await this.#http.send({ ...request, url, headers: this.#headersFor(url, request) }, signal);
    if (answer.status === 412) {
      const versions = answer.headers['tus-version'] ?? 'another version of it';
      const message = `${url.host} does not speak tus ${VERSION} but ${versions}. Choose another target.`;
      throw new ChatferryError('STORE_REFUSED', message);
    }
    return answer;
  }

  /** Reads a long answer. @throws as {@link TusWire.send} does; {@link TusWire.refused} unless it is 200. */
  async *read(address: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
    const url = await this.urlOf(address);
    const headers = this.#headersFor(url, { headers: { 'accept-encoding': 'identity' } });
    const { statusCode, body } = await this.#http.open({ method: 'GET', url, headers }, signal);
    if (statusCode !== 200) {
      body.destroy();
      throw this.refused({ status: statusCode, headers: {}, text: '' }, 'give a file back');
    }
    try {
      for await (const piece of body as AsyncIterable<Uint8Array>) yield piece;
    } catch (cause) {
      signal.throwIfAborted();
      const message = `The connection to ${url.host} broke off while a file was read back.`;
      throw new ChatferryError('UNREACHABLE', message, { cause, retryable: true });
    }
  }

  /** @throws {ChatferryError} `STORE_REFUSED` for an invalid address, or one that is not allowed. */
  async urlOf(address: string): Promise<URL> {
    const { endpoint, allowPrivateRedirects } = this.#options;
    const url = await checkDestination(address, { configured: endpoint, allowPrivate: allowPrivateRedirects });
    url.username = '';
    url.password = '';
    return url;
  }

  /** The error for an unexpected answer. @param doing - Follows "when asked to". */
  refused(answer: HttpAnswer, doing: string): ChatferryError {
    const { host } = this.#options.endpoint;
    if (answer.status >= 300 && answer.status < 400) {
      const to = answer.headers['location'] ?? 'nowhere';
      const message = `${host} sends on to ${to} when asked to ${doing}. Give that address as the target if it is right.`;
      return new ChatferryError('STORE_REFUSED', message);
    }
    const { keySetting, headers } = this.#options;
    const isKeySet = Object.keys(headers).length > 0;
    const keyRemedy = isKeySet ? checkKey(keySetting) : `Set ${keySetting}: no key was sent.`;
    return answerError(answer, { host, doing }, keyRemedy);
  }

  /** A retryable error: the same call may succeed later. */
  passing(answer: string): ChatferryError {
    return new ChatferryError('REMOTE_ERROR', `${this.#options.endpoint.host} ${answer}.`, { retryable: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#http[Symbol.asyncDispose]();
  }

  #headersFor(url: URL, { headers }: Pick<HttpRequest, 'headers'>): Readonly<Record<string, string>> {
    const own = url.origin === this.#options.endpoint.origin ? this.#options.headers : {};
    return { 'tus-resumable': VERSION, ...own, ...headers };
  }
}
