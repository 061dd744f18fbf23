import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';

import { isChatferryError } from '../../errors/chatferry-error.js';
import { TusRefusal } from './tus-refusal.js';
import type { SentChecksum } from './tus-upload.js';
import { CHECKSUMS, TusUploads, type TusUploadsOptions } from './tus-uploads.js';

const VERSION = '1.0.0';
const PATH = '/files/';
const OFFSET_TYPE = 'application/offset+octet-stream';

export interface TusServerOptions extends TusUploadsOptions {
  /** Requests need the header `Authorization: Bearer <token>`. */
  readonly token: string;
  /** @defaultValue any free port */
  readonly port?: number;
}

/** A tus server on loopback. Disposing it closes its connections; the files stay in their folder. */
export interface TusServer extends AsyncDisposable {
  /** The URL at which uploads are created. */
  readonly endpoint: URL;
  readonly uploads: TusUploads;
}

/**
 * Serves tus 1.0 (https://tus.io/protocols/resumable-upload) on loopback: creation, expiration, checksum, termination
 * and concatenation. GET returns finished uploads.
 */
export async function startTusServer(options: TusServerOptions): Promise<TusServer> {
  const uploads = new TusUploads(options);
  const server = createServer((request, response) => {
    void answer(request, response, { uploads, token: options.token });
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: new URL(`http://127.0.0.1:${port}${PATH}`),
    uploads,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { uploads, token }: { readonly uploads: TusUploads; readonly token: string },
): Promise<void> {
  request.on('error', () => undefined); // A lost client is not an error of the server.
  response.on('error', () => undefined);
  response.setHeader('tus-resumable', VERSION);
  try {
    requireToken(request, token);
    await handle(request, response, uploads);
  } catch (error) {
    if (response.headersSent) {
      response.destroy();
      return;
    }
    request.resume(); // Otherwise the rest of the body would be read as the next request.
    const isRefusal = error instanceof TusRefusal;
    const status = isRefusal ? error.status : isChatferryError(error, 'FILE_SYSTEM') ? 507 : 500;
    response.writeHead(status, { 'content-type': 'text/plain' }).end(isRefusal ? error.message : 'The request failed.');
  }
}

async function handle(request: IncomingMessage, response: ServerResponse, uploads: TusUploads): Promise<void> {
  const { method = '', headers } = request;
  const path = new URL(request.url ?? '/', 'http://tus').pathname;
  if (method === 'OPTIONS') {
    response.writeHead(204, { 'tus-version': VERSION, ...uploads.offer() }).end();
    return;
  }
  if (method !== 'GET' && headers['tus-resumable'] !== VERSION) throw new TusRefusal(412, `This is tus ${VERSION}.`);
  if (method === 'POST') {
    if (path !== PATH) throw new TusRefusal(404, `Uploads are created at ${PATH}.`);
    const upload = await uploads.create(
      textOf(headers['upload-length']),
      textOf(headers['upload-metadata']) ?? '',
      textOf(headers['upload-concat']) ?? '',
    );
    response.writeHead(201, { location: `${PATH}${upload.id}`, ...uploads.expiryOf(upload) }).end();
    return;
  }
  const upload = uploads.get(path.startsWith(PATH) ? path.slice(PATH.length) : '');
  if (method === 'HEAD') {
    upload.requireIdle();
    const { offset, sizeBytes, metadata, concat } = upload;
    response.writeHead(200, {
      'cache-control': 'no-store',
      'upload-offset': offset,
      'upload-length': sizeBytes,
      ...(metadata === '' ? {} : { 'upload-metadata': metadata }),
      ...(concat === '' ? {} : { 'upload-concat': concat }),
      ...uploads.expiryOf(upload),
    });
    response.end();
  } else if (method === 'PATCH') {
    if (headers['content-type'] !== OFFSET_TYPE) throw new TusRefusal(415, `The type must be ${OFFSET_TYPE}.`);
    if (upload.concat.startsWith('final')) throw new TusRefusal(403, 'A final upload accepts no bytes.');
    const from = Number(headers['upload-offset'] ?? NaN);
    await upload.append(from, request, checksumOf(textOf(headers['upload-checksum'])));
    response.writeHead(204, { 'upload-offset': upload.offset, ...uploads.expiryOf(upload) }).end();
  } else if (method === 'DELETE') {
    await uploads.remove(upload);
    response.writeHead(204).end();
  } else if (method === 'GET') {
    if (!upload.isComplete) throw new TusRefusal(404, 'The upload is not complete.');
    // Browsers must not display or execute uploaded content.
    response.writeHead(200, {
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment',
      'content-length': upload.sizeBytes,
      'x-content-type-options': 'nosniff',
    });
    await pipeline(upload.read(), response);
  } else throw new TusRefusal(405, 'There is no such method.');
}

function requireToken({ headers }: IncomingMessage, token: string): void {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  if (!timingSafeEqual(digest(headers.authorization ?? ''), digest(`Bearer ${token}`))) {
    throw new TusRefusal(401, 'The token is wrong.');
  }
}

function checksumOf(header: string | undefined): SentChecksum | undefined {
  if (header === undefined) return undefined;
  const [algorithm = '', value = ''] = header.split(' ');
  if (!CHECKSUMS.includes(algorithm))
    throw new TusRefusal(400, `The algorithm must be one of ${CHECKSUMS.join(', ')}, got ${algorithm}.`);
  return { algorithm, value };
}

function textOf(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.join(',');
}
