import type { z } from 'zod';

import { ChatferryError } from '../../../errors/chatferry-error.js';
import { readText } from '../../http/answer-text.js';
import { type HttpAnswer, HttpClient, type HttpRequest } from '../../http/http-client.js';
import { readJson } from '../../http/json-answer.js';
import { endlessList } from '../../http/endless-list.js';
import { type FormFile, multipartForm } from '../../http/multipart-form.js';
import type { PartReceipt } from '../../upload-target.js';
import { apiError } from './api-error.js';
import { FILE_ID, isCalled, type StoredFile, storedFile, storedFilePage } from './stored-file.js';

/** https://platform.openai.com/docs/api-reference/files/list */
const PAGE_SIZE = 1000;
/** An account has less than a million files. */
const MAX_PAGES = 1000;
/** Enough for the longest text over a slow connection. */
const LONGEST_CONTENT_MS = 15 * 60_000;

export interface FilesClientOptions {
  /** With the version: `https://api.openai.com/v1`. */
  readonly baseUrl: URL;
  readonly apiKey: string;
  readonly connectionCount: number;
  readonly timeoutMs: number;
}

/**
 * A client for stores with OpenAI's API for files. The `openai` package is not used, because it sends streams without
 * their length, on its own connections, and retries by itself.
 */
export class FilesClient implements AsyncDisposable {
  readonly host: string;
  readonly #baseUrl: URL;
  readonly #apiKey: string;
  readonly #http: HttpClient;
  readonly #keySetting: string;

  /** @param keySetting - The setting of the key, for messages. */
  constructor({ baseUrl, apiKey, connectionCount, timeoutMs }: FilesClientOptions, keySetting: string) {
    this.#keySetting = keySetting;
    this.host = baseUrl.host;
    this.#baseUrl = baseUrl;
    this.#apiKey = apiKey;
    this.#http = new HttpClient({ connectionCount, timeoutMs, secrets: [apiKey] });
  }

  /** Sends a complete file. @throws {ChatferryError} */
  create(file: FormFile, purpose: string, signal: AbortSignal): Promise<StoredFile> {
    const call = { path: 'files', doing: `take ${file.fileName}`, fields: { purpose } };
    return this.postForm(call, { file, schema: storedFile }, signal);
  }

  /** Undefined if there is none. @throws {ChatferryError} */
  async find(id: string, signal: AbortSignal): Promise<StoredFile | undefined> {
    const answer = await this.#http.send(this.#request('GET', `files/${checkedId(id)}`, {}), signal);
    if (answer.status === 404) return undefined;
    return this.#read(answer, storedFile, 'say what it has');
  }

  /** Whether those of these files that exist have the name of a file that was sent. @throws {ChatferryError} */
  async areOf(name: string, receipts: readonly PartReceipt[], signal: AbortSignal): Promise<boolean> {
    for (const { tag } of receipts) {
      if (!FILE_ID.test(tag)) return false;
      const found = await this.find(tag, signal);
      if (found !== undefined && !isCalled(found, name)) return false;
    }
    return true;
  }

  /** All files, page by page. @throws {ChatferryError} */
  async *list(signal: AbortSignal): AsyncGenerator<StoredFile, void, void> {
    const seen = new Set<string>();
    for (let after = ''; ;) {
      const query = new URLSearchParams({ limit: String(PAGE_SIZE), ...(after === '' ? {} : { after }) });
      const answer = await this.#http.send(this.#request('GET', `files?${query.toString()}`, {}), signal);
      const { data, has_more: hasMore = false } = this.#read(answer, storedFilePage, 'list its files');
      yield* data;
      const last = data.at(-1)?.id;
      if (!hasMore || last === undefined) return;
      if (seen.has(last) || seen.size === MAX_PAGES) throw endlessList(this.host);
      seen.add(last);
      after = last;
    }
  }

  /** A missing file is not an error. @throws {ChatferryError} */
  async remove(id: string, signal: AbortSignal): Promise<void> {
    const answer = await this.#http.send(this.#request('DELETE', `files/${checkedId(id)}`, {}), signal);
    if (answer.status >= 300 && answer.status !== 404) throw this.error(answer, 'delete a file');
  }

  /** The content that the store returns for a file, as a stream. @throws {ChatferryError} */
  async *content(id: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
    const path = `files/${checkedId(id)}/content`;
    const { statusCode, headers, body } = await this.#http.open(this.#request('GET', path, {}), signal);
    const timer = setTimeout(() => {
      body.destroy(new Error('It took too long.'));
    }, LONGEST_CONTENT_MS);
    body.once('close', () => {
      clearTimeout(timer);
    });
    if (statusCode !== 200) {
      const text = this.mask(await readText(body)).slice(0, 1000);
      const after = headers['retry-after'];
      const told = typeof after === 'string' ? { 'retry-after': after } : {};
      throw this.error({ status: statusCode, headers: told, text }, 'give the content of a file');
    }
    try {
      yield* body as AsyncIterable<Uint8Array>;
    } catch (cause) {
      signal.throwIfAborted();
      const message = `The connection to ${this.host} broke while a file was read.`;
      throw new ChatferryError('UNREACHABLE', message, { cause, retryable: true });
    }
  }

  /** @param doing - For errors. @throws {ChatferryError} */
  async postJson<T>(
    { path, doing }: ApiCall,
    { content, schema }: { readonly content: unknown; readonly schema: z.ZodType<T> },
    signal: AbortSignal,
  ): Promise<T> {
    const headers = { 'content-type': 'application/json' };
    const answer = await this.#http.send(
      this.#request('POST', path, { headers, body: JSON.stringify(content) }),
      signal,
    );
    return this.#read(answer, schema, doing);
  }

  /** @throws {ChatferryError} */
  async postForm<T>(
    { path, doing, fields = {} }: ApiCall,
    { file, schema }: { readonly file: FormFile; readonly schema: z.ZodType<T> },
    signal: AbortSignal,
  ): Promise<T> {
    const answer = await this.#http.send(this.#request('POST', path, multipartForm(fields, file)), signal);
    return this.#read(answer, schema, doing);
  }

  /** Masks keys in text of a successful answer before it is shown. */
  mask(text: string): string {
    return this.#http.mask(text);
  }

  error(answer: HttpAnswer, doing: string): ChatferryError {
    return apiError(answer, { host: this.host, doing }, this.#keySetting);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#http[Symbol.asyncDispose]();
  }

  #read<T>(answer: HttpAnswer, schema: z.ZodType<T>, doing: string): T {
    if (answer.status < 200 || answer.status >= 300) throw this.error(answer, doing);
    return readJson(answer, schema, this.host);
  }

  #request(
    method: HttpRequest['method'],
    path: string,
    { headers, body }: Pick<HttpRequest, 'headers' | 'body'>,
  ): HttpRequest {
    return {
      method,
      url: new URL(`${this.#baseUrl.href.replace(/\/$/, '')}/${path}`),
      headers: { authorization: `Bearer ${this.#apiKey}`, ...headers },
      ...(body === undefined ? {} : { body }),
    };
  }
}

/** The path of a request, and its purpose, worded to follow "asked to". */
export interface ApiCall {
  readonly path: string;
  readonly doing: string;
  /** Form fields besides the file. */
  readonly fields?: Readonly<Record<string, string>>;
}

function checkedId(id: string): string {
  if (FILE_ID.test(id)) return id;
  throw new ChatferryError('INTERNAL', `"${id}" is no id of a file.`);
}
