import { ChatferryError } from '../../../errors/chatferry-error.js';
import { checkDestination } from '../../http/destination.js';
import type { HttpAnswer, HttpClient } from '../../http/http-client.js';
import type { PartToSend } from '../../upload-target.js';
import { googleError } from './google-error.js';

/** The default granularity (https://ai.google.dev/api/files; the same protocol in Google Photos' reference). */
const DEFAULT_GRANULARITY_BYTES = 256 * 1024;

export interface ResumableUploadsOptions {
  readonly http: HttpClient;
  /** The URL that begins uploads. */
  readonly startUrl: URL;
  /** Sent only to the start URL; they include keys. */
  readonly headers: Readonly<Record<string, string>>;
  readonly allowPrivateRedirects: boolean;
}

/** An upload that a server has begun. */
export interface BegunUpload {
  /** It grants write access to the upload, so it is stored but never shown. */
  readonly url: string;
  /** Every part but the last is a multiple of it. */
  readonly granularityBytes: number;
}

export interface UploadStart {
  readonly sizeBytes: number;
  readonly contentType: string;
  readonly metadata: unknown;
}

/** The state of an upload. `final` also means that the server has refused it permanently. */
export type UploadState =
  | { readonly status: 'active'; readonly receivedBytes: number }
  | { readonly status: 'final' }
  | { readonly status: 'gone' };

/**
 * Google's resumable protocol with `X-Goog-Upload-*` headers (https://ai.google.dev/api/files#method:-media.upload,
 * https://developers.google.com/photos/library/guides/resumable-uploads): `start` returns a URL, which accepts bytes in
 * order, reports how many it has, and creates the file with the last of them.
 */
export class ResumableUploads {
  readonly #options: ResumableUploadsOptions;

  constructor(options: ResumableUploadsOptions) {
    this.#options = options;
  }

  /** @param doing - For errors. @throws {ChatferryError} */
  async start(
    { sizeBytes, contentType, metadata }: UploadStart,
    doing: string,
    signal: AbortSignal,
  ): Promise<BegunUpload> {
    const { http, startUrl, headers } = this.#options;
    const sent = {
      ...headers,
      'x-goog-upload-protocol': 'resumable',
      'x-goog-upload-command': 'start',
      'x-goog-upload-header-content-length': String(sizeBytes),
      'x-goog-upload-header-content-type': contentType,
      'content-type': 'application/json',
    };
    const body = JSON.stringify(metadata);
    const answer = await http.send({ method: 'POST', url: startUrl, headers: sent, body }, signal);
    if (answer.status !== 200) throw googleError(answer, startUrl.host, doing);
    const location = answer.headers['x-goog-upload-url'];
    if (statusOf(answer) !== 'active' || location === undefined) throw this.#odd(`no upload when asked to ${doing}`);
    const url = await this.#checked(location);
    url.searchParams.delete('key'); // A session must not contain keys.
    const granularityBytes = Number(answer.headers['x-goog-upload-chunk-granularity'] ?? DEFAULT_GRANULARITY_BYTES);
    const isUsable = Number.isSafeInteger(granularityBytes) && granularityBytes > 0;
    return { url: url.href, granularityBytes: isUsable ? granularityBytes : DEFAULT_GRANULARITY_BYTES };
  }

  async query(url: URL, sizeBytes: number, signal: AbortSignal): Promise<UploadState> {
    const answer = await this.#command(url, 'query', signal);
    const status = statusOf(answer);
    if (status === 'cancelled' || [404, 410].includes(answer.status)) return { status: 'gone' };
    if (status === 'final') return { status };
    if (answer.status !== 200) throw googleError(answer, this.#host, 'say how much it has');
    const receivedBytes = Number(answer.headers['x-goog-upload-size-received']);
    const isPlausible = Number.isSafeInteger(receivedBytes) && receivedBytes >= 0 && receivedBytes <= sizeBytes;
    if (status !== 'active' || !isPlausible) throw this.#odd('no usable number of bytes');
    return { status, receivedBytes };
  }

  /**
   * Sends bytes. The last of them create the file.
   *
   * @throws {ChatferryError} retryable if the offset has to be requested again; `STORE_REFUSED` when it is refused
   *   permanently.
   */
  async send(url: URL, { part, file: { name } }: PartToSend, signal: AbortSignal): Promise<void> {
    const { offset, sizeBytes, isLast } = part;
    const upload = sizeBytes === 0 ? [] : ['upload'];
    const headers = {
      'x-goog-upload-command': [...upload, ...(isLast ? ['finalize'] : [])].join(', '),
      'x-goog-upload-offset': String(offset),
      'content-length': String(sizeBytes),
    };
    const body = sizeBytes === 0 ? {} : { body: part.body() };
    const checked = await this.#checked(url.href);
    const answer = await this.#options.http.send({ method: 'POST', url: checked, headers, ...body }, signal);
    const status = statusOf(answer);
    if (answer.status === 200 && status === (isLast ? 'final' : 'active')) return;
    const error = googleError(answer, this.#host, `take bytes of ${name}`);
    // Final without success: the server has rejected the bytes.
    if (status === 'final' && answer.status !== 200) throw new ChatferryError('STORE_REFUSED', error.message);
    if (error.retryable) throw error;
    // 404, 410, a wrong offset, an answer of a proxy: the offset is requested before the next try.
    throw new ChatferryError('REMOTE_ERROR', error.message, { cause: error, retryable: true });
  }

  /** Cancels the upload. A missing upload is not an error. */
  async cancel(url: URL, signal: AbortSignal): Promise<void> {
    const answer = await this.#command(url, 'cancel', signal);
    if (answer.status >= 500) throw googleError(answer, this.#host, 'end an upload');
  }

  async #command(url: URL, command: string, signal: AbortSignal): Promise<HttpAnswer> {
    const headers = { 'x-goog-upload-command': command, 'content-length': '0' };
    return this.#options.http.send({ method: 'POST', url: await this.#checked(url.href), headers }, signal);
  }

  /** Checked before each use, because it may come from the file of a session. */
  #checked(address: string): Promise<URL> {
    const { startUrl: configured, allowPrivateRedirects: allowPrivate } = this.#options;
    return checkDestination(address, { configured, allowPrivate });
  }

  get #host(): string {
    return this.#options.startUrl.host;
  }

  #odd(what: string): ChatferryError {
    return new ChatferryError('REMOTE_ERROR', `${this.#host} gave ${what}.`, { retryable: true });
  }
}

function statusOf({ headers }: HttpAnswer): string | undefined {
  return headers['x-goog-upload-status']?.trim().toLowerCase();
}
