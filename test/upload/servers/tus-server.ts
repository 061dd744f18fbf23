import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { FileStore } from '@tus/file-store';
import { Server, type ServerOptions } from '@tus/server';

export interface TusNodeServerOptions extends Partial<ServerOptions> {
  /** Sees each request first. @returns true when it has answered it, or will. */
  readonly front?: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Uploads expire so long after their creation. @defaultValue they do not */
  readonly expiresAfterMs?: number;
}

/** The reference server of tus for Node, with its file store, on loopback. */
export interface TusNodeServer extends AsyncDisposable {
  readonly endpoint: URL;
  readonly port: number;
  readonly uploads: () => readonly StoredUpload[];
  readonly upload: (id: string) => StoredUpload;
  /** The bytes of an upload, by its URL; undefined where there is none. */
  readonly read: (url: string) => Buffer | undefined;
  readonly pathOf: (url: string) => string;
}

/** An upload as it lies on the server's disk. */
export interface StoredUpload {
  readonly id: string;
  /** As was announced. */
  readonly sizeBytes: number;
  readonly heldBytes: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly path: string;
}

export async function startTusNodeServer(options: TusNodeServerOptions = {}): Promise<TusNodeServer> {
  const { expiresAfterMs, front, path = '/files', ...serverOptions } = options;
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'chatferry-tus-node-')));
  const directory = join(root, 'files');
  const datastore = new FileStore({
    directory,
    ...(expiresAfterMs === undefined ? {} : { expirationPeriodInMilliseconds: expiresAfterMs }),
  });
  // The store makes its folder at a time of its own, which could be when a short test has just removed it.
  while (!existsSync(directory)) await setImmediate();
  const tus = new Server({ path, datastore, ...serverOptions });
  const server = createServer((request, response) => {
    if (front?.(request, response) !== true) void tus.handle(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const pathOf = (url: string): string => join(directory, basename(new URL(url).pathname));
  return {
    endpoint: new URL(`http://127.0.0.1:${port}${path}`),
    port,
    uploads: () =>
      readdirSync(directory, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.json'))
        .map((name) => storedUpload(join(directory, name))),
    upload: (id) => storedUpload(join(directory, `${id}.json`)),
    read: (url) => (existsSync(pathOf(url)) ? readFileSync(pathOf(url)) : undefined),
    pathOf,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function storedUpload(infoPath: string): StoredUpload {
  const path = infoPath.slice(0, -'.json'.length);
  const info = JSON.parse(readFileSync(infoPath, 'utf8')) as { size: number; metadata?: Record<string, string> };
  const heldBytes = existsSync(path) ? statSync(path).size : 0;
  return { id: basename(path), sizeBytes: info.size, heldBytes, metadata: info.metadata ?? {}, path };
}
