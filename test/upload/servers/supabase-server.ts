import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { startTusNodeServer, type TusNodeServer } from './tus-server.js';

const PART_BYTES = 6 * 1024 * 1024;
const UPLOADS = '/storage/v1/upload/resumable';
const OBJECTS = /^\/storage\/v1\/object\/(?:authenticated\/)?([^/]+)\/(.+)$/;
const KEY = /^(\w|\/|!|-|\.|\*|'|\(|\)| |&|\$|@|=|;|:|\+|,|\?)+$/;

export interface SupabaseServerOptions {
  readonly key: string;
  readonly bucket: string;
  /** What the bucket takes. @defaultValue any size */
  readonly largestFileBytes?: number;
}

/** Objects of a bucket, by name. */
export interface SupabaseServer extends AsyncDisposable {
  readonly tus: TusNodeServer;
  readonly url: URL;
  readonly objects: Map<string, StoredObject>;
}

export interface StoredObject {
  readonly bytes: Buffer;
  readonly contentType: string;
  readonly cacheControl: string;
}

/**
 * The rules of Supabase Storage that its documentation and its source name, on top of the server that it is made of: who may
 * upload what where, parts of 6 MB, addresses that expire, objects that are replaced only when that is said.
 */
export async function startSupabaseServer({
  key,
  bucket,
  largestFileBytes,
}: SupabaseServerOptions): Promise<SupabaseServer> {
  const objects = new Map<string, StoredObject>();
  const refuse = (status: number, error: string) =>
    Object.assign(new Error(error), { status_code: status, body: error });
  const isUpsert = (headers: Headers) => headers.get('x-upsert') === 'true';
  const front = (request: IncomingMessage, response: ServerResponse): boolean => {
    const { method = '', headers, url = '' } = request;
    const isOpen = method === 'OPTIONS' || (method === 'HEAD' && url.startsWith(UPLOADS));
    const isAllowed = headers['apikey'] === key || headers.authorization === `Bearer ${key}`;
    const isJwt = headers.authorization === undefined || !key.startsWith('sb_');
    const end = (status: number, text = ''): true => {
      request.resume();
      response.writeHead(status).end(text);
      return true;
    };
    if (!isOpen && (!isAllowed || !isJwt)) return end(403, 'Invalid Compact JWS');
    const [, inBucket, path] = OBJECTS.exec(url) ?? [];
    if (inBucket !== undefined && path !== undefined) {
      const name = decodeURIComponent(path);
      const object = objects.get(name);
      if (inBucket !== bucket || object === undefined) return end(400, '{"statusCode":"404","error":"not_found"}');
      if (method === 'DELETE') {
        objects.delete(name);
        return end(200, '{"message":"Successfully deleted"}');
      }
      response.writeHead(200, { 'content-length': object.bytes.length, 'content-type': object.contentType });
      response.end(method === 'GET' ? object.bytes : undefined);
      return true;
    }
    const sizeBytes = Number(headers['content-length'] ?? 0);
    if (method === 'PATCH' && sizeBytes !== PART_BYTES) {
      const id = Buffer.from(url.slice(url.lastIndexOf('/') + 1), 'base64url').toString();
      const isLast = Number(headers['upload-offset']) + sizeBytes === tus.upload(id).sizeBytes;
      if (!isLast) return end(400, 'Chunks are of 6 MB, but for the last');
    }
    return false;
  };
  const tus = await startTusNodeServer({
    path: UPLOADS,
    front,
    expiresAfterMs: 24 * 3_600_000,
    disableTerminationForFinishedUploads: true,
    lockDrainTimeout: 100,
    ...(largestFileBytes === undefined ? {} : { maxSize: largestFileBytes }),
    namingFunction: (request, metadata) => {
      const { bucketName, objectName } = metadata ?? {};
      if (bucketName !== bucket) throw refuse(404, 'Bucket not found');
      if (!KEY.test(objectName ?? '')) throw refuse(400, `Invalid key: ${String(objectName)}`);
      if (objects.has(objectName ?? '') && !isUpsert(request.headers)) throw refuse(409, 'The resource already exists');
      // A file system takes shorter names than Supabase does.
      const folder = createHash('sha256').update(String(objectName)).digest('hex');
      return `${bucketName}/${folder}/${crypto.randomUUID()}`;
    },
    generateUrl: (_request, { proto, host, path, id }) =>
      `${proto}://${host}${path}/${Buffer.from(id).toString('base64url')}`,
    getFileIdFromRequest: (request) =>
      Buffer.from(new URL(request.url).pathname.split('/').at(-1) ?? '', 'base64url').toString(),
    onUploadFinish: (request, { metadata, id }) => {
      const { objectName = '', contentType, cacheControl } = metadata ?? {};
      if (objects.has(objectName ?? '') && !isUpsert(request.headers)) throw refuse(409, 'The resource already exists');
      objects.set(objectName ?? '', {
        bytes: readFileSync(tus.upload(id).path),
        contentType: contentType ?? '',
        cacheControl: cacheControl ?? '',
      });
      return Promise.resolve({ headers: { 'tus-complete': '1' } });
    },
  });
  return {
    tus,
    url: new URL(tus.endpoint.origin),
    objects,
    [Symbol.asyncDispose]: () => tus[Symbol.asyncDispose](),
  };
}
