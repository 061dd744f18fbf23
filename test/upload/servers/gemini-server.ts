import { createHash, randomBytes } from 'node:crypto';

import { type Answer, ProtocolServer, type Received, wholeBody } from './protocol-server.js';

const GB = 1024 * 1024 * 1024;
/** Of an upload that is cut, the server keeps whole multiples of it. */
const KEPT_BYTES = 256 * 1024;

export interface StoredGeminiFile {
  readonly name: string;
  readonly displayName: string;
  readonly mimeType: string;
  bytes: Buffer;
  readonly sizeBytes: number;
  readonly expiresAtMs: number;
  /** Looks until it is processed. */
  looksLeft: number;
  fails: boolean;
}

interface OpenUpload {
  readonly id: string;
  readonly name: string;
  readonly displayName: string;
  readonly mimeType: string;
  readonly sizeBytes: number;
  readonly expiresAtMs: number;
  received: Buffer;
  status: 'active' | 'final' | 'cancelled';
}

export interface GeminiServerOptions {
  readonly apiKey: string;
  /** UTC milliseconds. */
  readonly now: () => number;
  readonly granularityBytes?: number;
  /** A file is `PROCESSING` for so many looks. */
  readonly looksUntilReady?: number;
  /** The service sends hex digits in Base64, its reference says the hash in Base64. */
  readonly hashForm?: 'hex' | 'raw' | 'none';
}

/**
 * Gemini's Files (https://ai.google.dev/api/files) with the resumable protocol
 * (https://developers.google.com/photos/library/guides/resumable-uploads), as their public documentation has them.
 */
export class GeminiServer extends ProtocolServer {
  readonly files: Map<string, StoredGeminiFile> = new Map();
  readonly uploads: Map<string, OpenUpload> = new Map();
  readonly #options: Required<GeminiServerOptions>;
  /** Files whose name ends with it fail to be processed. */
  failing = '.broken';
  /** Changes what was received before it is stored: a server that lies. */
  corrupt: ((bytes: Buffer) => Buffer) | undefined;

  constructor(options: GeminiServerOptions) {
    super();
    this.#options = { granularityBytes: 256 * 1024, looksUntilReady: 0, hashForm: 'hex', ...options };
  }

  /** Puts a file there that no test uploaded. Its bytes are not kept. */
  addForeign(name: string, sizeBytes: number): void {
    const expiresAtMs = this.#options.now() + 48 * 3_600_000;
    const rest = { mimeType: 'text/plain', bytes: Buffer.alloc(0), looksLeft: 0, fails: false };
    this.files.set(`files/${name}`, { name: `files/${name}`, displayName: name, sizeBytes, expiresAtMs, ...rest });
  }

  protected async handle(received: Received): Promise<Answer> {
    const { url, method, headers } = received;
    for (const [name, { expiresAtMs }] of this.files) if (expiresAtMs <= this.#options.now()) this.files.delete(name);
    const uploadId = url.searchParams.get('upload_id');
    if (uploadId !== null) return this.#onUpload(uploadId, received);
    if (headers['x-goog-api-key'] !== this.#options.apiKey) {
      return error(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.');
    }
    if (method === 'POST' && url.pathname === '/upload/v1beta/files') return this.#start(received);
    if (method === 'GET' && url.pathname === '/v1beta/files') return this.#list(url);
    const name = /^\/v1beta\/(files\/[\w-]+)$/.exec(url.pathname)?.[1] ?? '';
    const file = this.files.get(name);
    if (file === undefined) {
      return error(
        403,
        'PERMISSION_DENIED',
        `You do not have permission to access the File ${name} or it may not exist.`,
      );
    }
    if (method === 'DELETE') {
      this.files.delete(name);
      return { status: 200, body: {} };
    }
    const resource = this.#resource(file);
    file.looksLeft -= 1;
    return { status: 200, body: resource };
  }

  async #start({ headers, body }: Received): Promise<Answer> {
    const metadata = JSON.parse((await wholeBody(body)).toString('utf8')) as {
      file?: { name?: string; display_name?: string };
    };
    const { name = `files/${randomBytes(6).toString('hex')}`, display_name: displayName = '' } = metadata.file ?? {};
    const sizeBytes = Number(headers['x-goog-upload-header-content-length']);
    const mimeType = headers['x-goog-upload-header-content-type'];
    if (headers['x-goog-upload-protocol'] !== 'resumable' || headers['x-goog-upload-command'] !== 'start') {
      return error(400, 'INVALID_ARGUMENT', 'Only resumable uploads are served here.');
    }
    if (!Number.isSafeInteger(sizeBytes) || typeof mimeType !== 'string' || !/^\w+\/[\w.+-]+$/.test(mimeType)) {
      return error(400, 'INVALID_ARGUMENT', 'The length and the type of the file are missing.');
    }
    if (!/^files\/[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(name)) {
      return error(400, 'INVALID_ARGUMENT', `${name} is no name of a file.`);
    }
    if (displayName.length > 512) return error(400, 'INVALID_ARGUMENT', 'The display name is too long.');
    if (this.files.has(name)) return error(409, 'ALREADY_EXISTS', `${name} is there.`);
    if (sizeBytes > 2 * GB) return error(400, 'INVALID_ARGUMENT', 'The file is too large.');
    const held = [...this.files.values()].reduce((sum, file) => sum + file.sizeBytes, 0);
    if (held + sizeBytes > 20 * GB) return error(429, 'RESOURCE_EXHAUSTED', 'The storage of the project is full.');
    const id = randomBytes(16).toString('hex');
    const expiresAtMs = this.#options.now() + 7 * 24 * 3_600_000;
    const received = Buffer.alloc(0);
    this.uploads.set(id, { id, name, displayName, mimeType, sizeBytes, expiresAtMs, received, status: 'active' });
    return {
      status: 200,
      headers: {
        'x-goog-upload-url': `${this.origin}/upload/v1beta/files?upload_id=${id}&upload_protocol=resumable`,
        'x-goog-upload-status': 'active',
        'x-goog-upload-chunk-granularity': String(this.#options.granularityBytes),
      },
    };
  }

  async #onUpload(id: string, received: Received): Promise<Answer> {
    const upload = this.uploads.get(id);
    if (upload === undefined || upload.expiresAtMs <= this.#options.now()) {
      return { status: 404, body: 'No such upload.' };
    }
    const commands = String(received.headers['x-goog-upload-command']).split(/,\s*/);
    const headers = { 'x-goog-upload-status': upload.status };
    if (commands.includes('query')) {
      if (upload.status === 'cancelled') return { status: 410, headers };
      const size = upload.status === 'active' ? { 'x-goog-upload-size-received': String(upload.received.length) } : {};
      return { status: 200, headers: { ...headers, ...size } };
    }
    if (upload.status !== 'active') return { status: 400, headers, body: 'Upload has already been terminated.' };
    if (commands.includes('cancel')) {
      upload.status = 'cancelled';
      return { status: 200, headers: { 'x-goog-upload-status': 'cancelled' } };
    }
    const refusal = await this.#take(upload, received, commands);
    if (refusal !== undefined) return { status: 400, headers, body: refusal };
    return commands.includes('finalize') ? this.#finalize(upload) : { status: 200, headers };
  }

  async #take(
    upload: OpenUpload,
    { headers, body }: Received,
    commands: readonly string[],
  ): Promise<string | undefined> {
    const offset = Number(headers['x-goog-upload-offset']);
    const length = Number(headers['content-length']);
    const isLast = commands.includes('finalize');
    const { granularityBytes } = this.#options;
    if (offset !== upload.received.length) return `The offset is ${upload.received.length}, not ${offset}.`;
    if (!isLast && (offset + length) % granularityBytes !== 0) return `A chunk is a multiple of ${granularityBytes}.`;
    if (offset + length > upload.sizeBytes) return 'More bytes than announced.';
    if (isLast && offset + length !== upload.sizeBytes) return 'Fewer bytes than announced.';
    const pieces: Buffer[] = [upload.received];
    try {
      for await (const piece of body) pieces.push(piece);
      upload.received = Buffer.concat(pieces);
      return undefined;
    } catch (cause) {
      const all = Buffer.concat(pieces);
      upload.received = all.subarray(0, Math.max(offset, Math.floor(all.length / KEPT_BYTES) * KEPT_BYTES));
      throw cause;
    }
  }

  #finalize(upload: OpenUpload): Answer {
    upload.status = 'final';
    const { name, displayName, mimeType, received } = upload;
    const bytes = this.corrupt?.(received) ?? received;
    const file: StoredGeminiFile = {
      name,
      displayName,
      mimeType,
      bytes,
      sizeBytes: bytes.length,
      expiresAtMs: this.#options.now() + 48 * 3_600_000,
      looksLeft: this.#options.looksUntilReady,
      fails: displayName.endsWith(this.failing),
    };
    this.files.set(name, file);
    return { status: 200, headers: { 'x-goog-upload-status': 'final' }, body: { file: this.#resource(file) } };
  }

  #list({ searchParams }: URL): Answer {
    const pageSize = Number(searchParams.get('pageSize') ?? 10);
    if (!(pageSize >= 1 && pageSize <= 100)) return error(400, 'INVALID_ARGUMENT', 'The page size is 1 to 100.');
    const start = Number(searchParams.get('pageToken') ?? 0);
    const files = [...this.files.values()];
    const next = start + pageSize < files.length ? { nextPageToken: String(start + pageSize) } : {};
    const page = files.slice(start, start + pageSize).map((file) => this.#resource(file));
    return { status: 200, body: { ...(page.length === 0 ? {} : { files: page }), ...next } };
  }

  #resource({ name, displayName, mimeType, bytes, sizeBytes, expiresAtMs, looksLeft, fails }: StoredGeminiFile) {
    const hash = createHash('sha256').update(bytes);
    const form = this.#options.hashForm;
    const sha256Hash = form === 'raw' ? hash.digest('base64') : Buffer.from(hash.digest('hex')).toString('base64');
    return {
      name,
      displayName,
      mimeType,
      sizeBytes: String(sizeBytes),
      expirationTime: new Date(expiresAtMs).toISOString(),
      ...(form === 'none' ? {} : { sha256Hash }),
      uri: `${this.origin}/v1beta/${name}`,
      state: looksLeft > 0 ? 'PROCESSING' : fails ? 'FAILED' : 'ACTIVE',
      ...(looksLeft <= 0 && fails ? { error: { message: 'The file could not be read.' } } : {}),
    };
  }
}

function error(code: number, status: string, message: string): Answer {
  return { status: code, body: { error: { code, status, message } } };
}
