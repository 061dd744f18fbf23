import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { completeDocument, errorDocument, partsDocument, type StoredPart, uploadDocument } from './s3-documents.js';

/** What a store of the protocol can be like. */
export interface ProtocolS3Options {
  /** Keeps SHA-256 sums: `wrongly` without looking at the bytes. @defaultValue 'rightly' */
  readonly sums?: 'rightly' | 'wrongly' | 'never';
  /** Takes conditions. @defaultValue true */
  readonly conditions?: boolean;
}

export interface SeenRequest {
  /** `PUT object`, `POST uploads`, `PUT part`, `POST complete`, `GET parts`, `DELETE upload`, `HEAD object`, … */
  readonly what: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly sizeBytes: number;
}

/** An answer in the place of the server's own. */
export interface OtherAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The request is done all the same: only its answer is another one. @defaultValue false */
  readonly isDone?: boolean;
}

interface StoredObject {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

interface Upload {
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly parts: Map<number, StoredPart & { readonly body?: Buffer }>;
}

interface Request {
  readonly what: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/**
 * A store that speaks as much of S3's protocol as uploads need, from its public documentation
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html), with the sums and
 * conditions of AWS, which no server for tests has. It looks at no signature: a real server is there for that.
 */
export class ProtocolS3 implements AsyncDisposable {
  readonly objects: Map<string, StoredObject> = new Map();
  readonly uploads: Map<string, Upload> = new Map();
  readonly seen: SeenRequest[] = [];
  /** Answers in the place of the server. */
  answer: (request: SeenRequest) => OtherAnswer | undefined = () => undefined;
  /** Answers nothing at all. */
  hold = false;
  connectionCount = 0;
  readonly #options: Required<ProtocolS3Options>;
  readonly #server: Server;

  private constructor({ sums = 'rightly', conditions = true }: ProtocolS3Options) {
    this.#options = { sums, conditions };
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.on('connection', () => (this.connectionCount += 1));
  }

  static async start(options: ProtocolS3Options = {}): Promise<ProtocolS3> {
    const store = new ProtocolS3(options);
    store.#server.listen(0, '127.0.0.1');
    await once(store.#server, 'listening');
    return store;
  }

  get endpoint(): URL {
    return new URL(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`);
  }

  /** What was asked, in order. */
  get asked(): readonly string[] {
    return this.seen.map(({ what }) => what);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    try {
      for await (const piece of incoming) pieces.push(piece as Buffer);
    } catch {
      return; // The client went away in the middle: nothing has happened.
    }
    if (this.hold) return;
    const body = Buffer.concat(pieces);
    const request = requestOf(incoming, body);
    const seen = { what: request.what, key: request.key, headers: request.headers, sizeBytes: body.length };
    this.seen.push(seen);
    const other = this.answer(seen);
    const own = other === undefined || other.isDone === true ? this.#answerTo(request) : { status: 0 };
    const { status, headers = {}, body: text = '' }: Answer = other ?? own;
    response.writeHead(status, { 'content-length': Buffer.byteLength(text), ...headers });
    response.end(incoming.method === 'HEAD' ? undefined : text);
  }

  #answerTo(request: Request): Answer {
    const { what, key, query, headers, body } = request;
    const damage = this.#damageOf(request);
    if (damage !== undefined) return failure(400, damage);
    const id = query.get('uploadId') ?? '';
    const upload = this.uploads.get(id);
    switch (what) {
      case 'HEAD bucket':
        return { status: 200 };
      case 'PUT object':
        return this.#whenMet(request, () => {
          this.objects.set(key, {
            body,
            headers: { ...kept(headers), etag: `"${md5(body)}"`, ...this.#sumOf(headers) },
          });
          return { status: 200, headers: { etag: `"${md5(body)}"`, ...this.#sumOf(headers) } };
        });
      case 'HEAD object':
      case 'GET object': {
        const found = this.objects.get(key);
        if (found === undefined) return failure(404, 'NoSuchKey');
        return {
          status: 200,
          body: found.body,
          headers: { ...found.headers, 'content-length': String(found.body.length) },
        };
      }
      case 'DELETE object':
        this.objects.delete(key);
        return { status: 204 };
      case 'POST uploads': {
        const uploadId = randomUUID();
        this.uploads.set(uploadId, { key, headers: kept(headers), parts: new Map() });
        const algorithm = headers['x-amz-checksum-algorithm'];
        const sums = this.#options.sums !== 'never' && algorithm !== undefined;
        return {
          status: 200,
          body: uploadDocument(key, uploadId),
          headers: sums ? { 'x-amz-checksum-algorithm': algorithm } : {},
        };
      }
      default:
        if (upload === undefined) return failure(404, 'NoSuchUpload');
        return this.#answerOf(upload, id, request);
    }
  }

  #answerOf(upload: Upload, id: string, request: Request): Answer {
    const { what, query, headers, body } = request;
    if (what === 'PUT part') {
      const number = Number(query.get('partNumber'));
      const sum = this.#sumOf(headers);
      const sha256 = sum['x-amz-checksum-sha256'];
      const part = { number, sizeBytes: body.length, etag: md5(body), ...(sha256 === undefined ? {} : { sha256 }) };
      upload.parts.set(number, { ...part, body });
      return { status: 200, headers: { etag: `"${md5(body)}"`, ...sum } };
    }
    if (what === 'GET parts') {
      const after = Number(query.get('part-number-marker') ?? 0);
      const parts = [...upload.parts.values()].sort((a, b) => a.number - b.number);
      return { status: 200, body: partsDocument(parts.filter(({ number }) => number > after)) };
    }
    if (what === 'DELETE upload') {
      this.uploads.delete(id);
      return { status: 204 };
    }
    return this.#whenMet(request, () => {
      const parts = [...upload.parts.values()].sort((a, b) => a.number - b.number);
      const whole = Buffer.concat(parts.map((part) => part.body ?? Buffer.alloc(0)));
      const etag = `${md5(Buffer.concat(parts.map((part) => Buffer.from(part.etag, 'hex'))))}-${parts.length}`;
      const composed = parts.every(({ sha256 }) => sha256 !== undefined)
        ? `${sha256Of(Buffer.concat(parts.map(({ sha256 = '' }) => Buffer.from(sha256, 'base64'))))}-${parts.length}`
        : undefined;
      const sums =
        composed === undefined ? {} : { 'x-amz-checksum-sha256': composed, 'x-amz-checksum-type': 'COMPOSITE' };
      this.objects.set(upload.key, { body: whole, headers: { ...upload.headers, etag: `"${etag}"`, ...sums } });
      this.uploads.delete(id);
      return { status: 200, body: completeDocument(upload.key, etag) };
    });
  }

  /** What is wrong with the bytes, as the store finds out. */
  #damageOf({ headers, body }: Request): string | undefined {
    const signed = headers['x-amz-content-sha256'] ?? '';
    const isSigned = /^[0-9a-f]{64}$/.test(signed);
    if (isSigned && signed !== createHash('sha256').update(body).digest('hex')) return 'XAmzContentSHA256Mismatch';
    const sent = headers['content-md5'];
    if (sent !== undefined && sent !== createHash('md5').update(body).digest('base64')) return 'BadDigest';
    const sum = headers['x-amz-checksum-sha256'];
    const isWrong = sum !== undefined && sum !== sha256Of(body);
    return isWrong && this.#options.sums === 'rightly' ? 'BadDigest' : undefined;
  }

  #sumOf(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    const sum = headers['x-amz-checksum-sha256'];
    return sum === undefined || this.#options.sums === 'never' ? {} : { 'x-amz-checksum-sha256': sum };
  }

  #whenMet({ key, headers }: Request, work: () => Answer): Answer {
    const none = headers['if-none-match'];
    const match = headers['if-match'];
    if (none === undefined && match === undefined) return work();
    if (!this.#options.conditions) return failure(501, 'NotImplemented');
    const there = this.objects.get(key)?.headers['etag']?.replaceAll('"', '');
    if (match !== undefined && there === undefined) return failure(404, 'NoSuchKey');
    const isMet = match === undefined ? there === undefined : there === match.replaceAll('"', '');
    return isMet ? work() : failure(412, 'PreconditionFailed');
  }
}

function requestOf({ method = '', url = '', headers }: IncomingMessage, body: Buffer): Request {
  const { pathname, searchParams: query } = new URL(url, 'http://x');
  const [, , ...names] = pathname.split('/');
  const key = names.map(decodeURIComponent).join('/');
  const flat = Object.entries(headers).map(([name, value]) => [name, String(value)]);
  return {
    what: `${method} ${thingOf(method, key, query)}`,
    key,
    query,
    body,
    headers: Object.fromEntries(flat) as Record<string, string>,
  };
}

function thingOf(method: string, key: string, query: URLSearchParams): string {
  if (key === '') return 'bucket';
  if (query.has('uploads')) return 'uploads';
  if (!query.has('uploadId')) return 'object';
  return { PUT: 'part', GET: 'parts', POST: 'complete' }[method] ?? 'upload';
}

/** Headers that an object keeps. */
function kept(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) =>
      /^(?:x-amz-meta-.*|content-type|content-encoding|x-amz-storage-class|x-amz-server-side-.*)$/.test(name),
    ),
  );
}

function failure(status: number, code: string): Answer {
  return { status, body: errorDocument(code), headers: { 'content-type': 'application/xml' } };
}

function md5(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex');
}

function sha256Of(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('base64');
}
