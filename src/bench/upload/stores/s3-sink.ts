import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { readText, digestBody, type BodyDigest } from './s3-bodies.js';

/** A finished object. */
interface SunkObject {
  readonly sizeBytes: number;
  /** As in the header, in quotes. */
  readonly etag: string;
  /** Headers that were sent and are returned. */
  readonly headers: Readonly<Record<string, string>>;
}

interface SunkUpload {
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly parts: Map<number, BodyDigest>;
}

export interface S3Sink extends AsyncDisposable {
  readonly port: number;
  /** By `bucket/key`. */
  readonly objects: ReadonlyMap<string, SunkObject>;
}

type Answer = readonly [status: number, xml: string, headers?: Readonly<Record<string, string>>];

const NOT_FOUND: Answer = [404, '<Error><Code>NoSuchKey</Code></Error>'];
const NO_UPLOAD: Answer = [404, '<Error><Code>NoSuchUpload</Code></Error>'];

/**
 * The part of S3 that uploads use. It reads bytes, keeps their size and MD5, and discards them: for files that are
 * larger than the disk, and if no real store is installed. It does not check signatures.
 */
export async function startS3Sink(): Promise<S3Sink> {
  const sink = new Sink();
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 60_000 }, (request, response) => {
    sink.answer(request).then(
      ([status, xml, headers]) => {
        say(request, response, { status, xml, headers });
      },
      () => request.socket.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    objects: sink.objects,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Said {
  readonly status: number;
  readonly xml: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

function say(request: IncomingMessage, response: ServerResponse, { status, xml, headers = {} }: Said): void {
  const hasBody = request.method !== 'HEAD' && xml !== '';
  const type = hasBody ? { 'content-type': 'application/xml' } : {};
  const length = 'content-length' in headers ? {} : { 'content-length': String(hasBody ? Buffer.byteLength(xml) : 0) };
  response.writeHead(status, { 'x-amz-request-id': randomUUID(), ...type, ...length, ...headers });
  response.end(hasBody ? xml : undefined);
}

class Sink {
  readonly objects = new Map<string, SunkObject>();
  readonly #uploads = new Map<string, SunkUpload>();

  async answer(request: IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? '/', 'http://sink');
    const key = decodeURIComponent(url.pathname.slice(1));
    const query = url.searchParams;
    const uploadId = query.get('uploadId');
    const isBucket = !key.replace(/\/$/, '').includes('/');
    if (uploadId !== null) return this.#multipart(request, { key, uploadId, query });
    switch (request.method) {
      case 'PUT':
        return isBucket ? [200, ''] : this.#put(key, request);
      case 'POST':
        return query.has('uploads') ? this.#begin(key, request) : [400, ''];
      case 'HEAD':
        return isBucket ? [200, ''] : this.#head(key);
      case 'GET':
        return isBucket ? list(query) : NOT_FOUND;
      case 'DELETE':
        this.objects.delete(key);
        return [204, ''];
      default:
        return [405, ''];
    }
  }

  async #put(key: string, request: IncomingMessage): Promise<Answer> {
    const { sizeBytes, md5 } = await digestBody(request);
    const etag = `"${md5}"`;
    const headers = keptHeaders(request);
    this.objects.set(key, { sizeBytes, etag, headers });
    return [200, '', { etag, ...checksums(headers) }];
  }

  #head(key: string): Answer {
    const found = this.objects.get(key);
    if (found === undefined) return NOT_FOUND;
    const { sizeBytes, etag, headers } = found;
    return [200, '', { ...headers, etag, 'content-length': String(sizeBytes) }];
  }

  #begin(key: string, request: IncomingMessage): Answer {
    request.resume();
    const uploadId = randomUUID();
    this.#uploads.set(uploadId, { key, headers: keptHeaders(request), parts: new Map() });
    const xml = `<InitiateMultipartUploadResult><UploadId>${uploadId}</UploadId></InitiateMultipartUploadResult>`;
    return [200, xml];
  }

  async #multipart(
    request: IncomingMessage,
    { key, uploadId, query }: { readonly key: string; readonly uploadId: string; readonly query: URLSearchParams },
  ): Promise<Answer> {
    const upload = this.#uploads.get(uploadId);
    if (upload?.key !== key) {
      request.resume();
      return NO_UPLOAD;
    }
    if (request.method === 'PUT') {
      const part = await digestBody(request);
      upload.parts.set(Number(query.get('partNumber')), part);
      return [200, '', { etag: `"${part.md5}"`, ...checksums(keptHeaders(request)) }];
    }
    if (request.method === 'GET') return [200, listParts(upload)];
    this.#uploads.delete(uploadId);
    if (request.method === 'DELETE') return [204, ''];
    return this.#complete(upload, await readText(request));
  }

  #complete({ key, headers, parts }: SunkUpload, xml: string): Answer {
    const named = [...xml.matchAll(/<PartNumber>(\d+)<\/PartNumber>/g)].map(([, number]) => parts.get(Number(number)));
    const found = named.filter((part) => part !== undefined);
    if (found.length !== named.length) return [400, '<Error><Code>InvalidPart</Code></Error>'];
    const digests = Buffer.concat(found.map(({ md5 }) => Buffer.from(md5, 'hex')));
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html#large-object-checksums
    const etag = `"${createHash('md5').update(digests).digest('hex')}-${found.length}"`;
    this.objects.set(key, { sizeBytes: found.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0), etag, headers });
    const body = `<CompleteMultipartUploadResult><ETag>${etag}</ETag></CompleteMultipartUploadResult>`;
    return [200, body];
  }
}

function keptHeaders({ headers }: IncomingMessage): Readonly<Record<string, string>> {
  const kept = Object.entries(headers).filter(([name]) => /^(x-amz-meta-|content-type$)/.test(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
}

function checksums(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('x-amz-checksum-')));
}

function listParts({ parts }: SunkUpload): string {
  const entries = [...parts].map(
    ([number, { sizeBytes, md5 }]) =>
      `<Part><PartNumber>${number}</PartNumber><ETag>"${md5}"</ETag><Size>${sizeBytes}</Size></Part>`,
  );
  return `<ListPartsResult><IsTruncated>false</IsTruncated>${entries.join('')}</ListPartsResult>`;
}

function list(query: URLSearchParams): Answer {
  if (query.has('location')) return [200, '<LocationConstraint/>'];
  if (query.has('uploads'))
    return [200, '<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>'];
  return [200, '<ListBucketResult><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>'];
}
