import { once } from 'node:events';
import { readdir, rm, stat } from 'node:fs/promises';
import type { Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { ChatferryError } from '../../../errors/chatferry-error.js';
import { loadRival } from '../../download/rival-package.js';
import type { BenchStore } from './bench-store.js';
import type { BenchFile } from '../upload-task.js';

const PATH = '/files';

/** The part of `@tus/server` and its file store that is used here. */
interface TusServer {
  listen(options: { readonly host: string; readonly port: number }): HttpServer;
}
interface TusServerPackage {
  readonly Server: new (options: { readonly path: string; readonly datastore: unknown }) => TusServer;
}
interface FileStorePackage {
  readonly FileStore: new (options: { readonly directory: string }) => unknown;
}

/** The server of the tus project with its file store, in this process. @throws {ChatferryError} `USAGE` without it. */
export async function startTusStore(directory: string): Promise<BenchStore> {
  const { Server } = (await loadRival('@tus/server')) as TusServerPackage;
  const { FileStore } = (await loadRival('@tus/file-store')) as FileStorePackage;
  const folder = join(directory, 'tus');
  const server = new Server({ path: PATH, datastore: new FileStore({ directory: folder }) }).listen({
    host: '127.0.0.1',
    port: 0,
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    description: 'tus is @tus/server with its file store',
    port,
    access: (linePort) => ({ target: `tus+http://127.0.0.1:${linePort}${PATH}`, environment: {} }),
    removeFiles: (run, files) => removeFiles(folder, { run, files }),
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The server chooses the names of files, so their sizes are compared. */
async function removeFiles(
  folder: string,
  { run, files }: { readonly run: string; readonly files: readonly BenchFile[] },
): Promise<void> {
  const names = await readdir(folder);
  const uploads = names.filter((name) => !name.endsWith('.json'));
  const found = await Promise.all(uploads.map(async (name) => (await stat(join(folder, name))).size));
  const wanted = files.map(({ sizeBytes }) => sizeBytes);
  for (const name of names) await rm(join(folder, name));
  const inOrder = (sizes: readonly number[]): string => sizes.toSorted((one, other) => one - other).join();
  if (inOrder(found) === inOrder(wanted)) return;
  throw new ChatferryError('INTERNAL', `${run} did not upload ${files.length} complete files to the tus server.`);
}
