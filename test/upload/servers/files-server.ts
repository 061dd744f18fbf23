import { randomBytes } from 'node:crypto';

import { type Answer, ProtocolServer, type Received } from './protocol-server.js';
import { receivedForm } from './received-form.js';

export interface ServedFile {
  readonly id: string;
  readonly filename: string;
  readonly purpose: string;
  readonly contentType: string;
  readonly createdAtMs: number;
  bytes: Buffer;
  /** As the store says it: without the bytes of files that no test uploaded. */
  sizeBytes: number;
  status: string;
  statusDetails: string;
}

export interface FilesServerOptions {
  readonly apiKey: string;
  /** UTC milliseconds. */
  readonly now: () => number;
}

/** What OpenAI's files (https://platform.openai.com/docs/api-reference/files) and what is compatible have in common. */
export abstract class FilesServer extends ProtocolServer {
  readonly files: Map<string, ServedFile> = new Map();
  protected readonly options: FilesServerOptions;

  constructor(options: FilesServerOptions) {
    super();
    this.options = options;
  }

  /** Why a file is not taken; undefined when it is. */
  protected abstract refusalOf(file: Omit<ServedFile, 'id'>): Answer | undefined;
  /** What only this store has. */
  protected abstract more(received: Received, path: string): Promise<Answer>;
  /** Of a new file. */
  protected abstract readonly idPrefix: string;

  /** Where the interface begins. */
  get baseUrl(): URL {
    return new URL(`${this.origin}/v1`);
  }

  /** Puts a file there that no test uploaded. Its bytes are not kept. */
  addForeign(filename: string, sizeBytes: number, createdAtMs: number = this.options.now()): string {
    const rest = { purpose: 'file-extract', contentType: 'text/plain', bytes: Buffer.alloc(0), status: 'ok' };
    return this.add({ filename, sizeBytes, createdAtMs, statusDetails: '', ...rest }).id;
  }

  protected async handle(received: Received): Promise<Answer> {
    const { url, method, headers } = received;
    if (headers.authorization !== `Bearer ${this.options.apiKey}`) {
      return refusal(401, 'invalid_api_key', `Incorrect API key provided: ${String(headers.authorization)}.`);
    }
    const path = url.pathname.replace(/^\/v1\//, '');
    if (path === 'files' && method === 'POST') return this.#create(received);
    if (path === 'files' && method === 'GET') return this.#list(url);
    const id = /^files\/([\w-]+)$/.exec(path)?.[1];
    if (id === undefined) return this.more(received, path);
    const file = this.files.get(id);
    if (file === undefined) return refusal(404, 'invalid_request_error', `No such File object: ${id}`);
    if (method !== 'DELETE') return { status: 200, body: this.#object(this.look(file)) };
    this.files.delete(id);
    return { status: 200, body: { id, object: 'file', deleted: true } };
  }

  /** A file is looked at: time goes on for it. */
  protected look(file: ServedFile): ServedFile {
    return file;
  }

  protected add(file: Omit<ServedFile, 'id'>): ServedFile {
    const made = { ...file, id: `${this.idPrefix}${randomBytes(12).toString('hex')}` };
    this.files.set(made.id, made);
    return made;
  }

  protected fileObject(file: ServedFile): unknown {
    return this.#object(file);
  }

  async #create(received: Received): Promise<Answer> {
    const form = await receivedForm(received);
    const purpose = form?.fields.get('purpose');
    if (form?.file?.field !== 'file' || purpose === undefined) {
      return refusal(400, 'invalid_request_error', 'The form has no file, or no purpose.');
    }
    const { name: filename, type: contentType, bytes } = form.file;
    const rest = { createdAtMs: this.options.now(), sizeBytes: bytes.length, status: 'processed', statusDetails: '' };
    const file = { filename, purpose, contentType, bytes, ...rest };
    return this.refusalOf(file) ?? { status: 200, body: this.#object(this.add(file)) };
  }

  #list({ searchParams }: URL): Answer {
    const limit = Number(searchParams.get('limit') ?? 10_000);
    if (!(limit >= 1 && limit <= 10_000)) return refusal(400, 'invalid_request_error', 'The limit is 1 to 10,000.');
    const all = [...this.files.values()];
    const after = searchParams.get('after');
    const start = after === null ? 0 : all.findIndex(({ id }) => id === after) + 1;
    const data = all.slice(start, start + limit).map((file) => this.#object(file));
    return { status: 200, body: { object: 'list', data, has_more: start + limit < all.length } };
  }

  #object({ id, filename, purpose, createdAtMs, sizeBytes, status, statusDetails }: ServedFile) {
    const created = Math.floor(createdAtMs / 1000);
    const rest = { status, status_details: statusDetails === '' ? null : statusDetails };
    return { id, object: 'file', bytes: sizeBytes, created_at: created, filename, purpose, ...rest };
  }
}

export function refusal(status: number, type: string, message: string): Answer {
  return { status, body: { error: { type, message, code: type } } };
}
