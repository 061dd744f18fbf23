import { LEAST_PART_BYTES, Radosgw } from '../servers/radosgw.js';
import { OpenaiServer } from '../servers/openai-server.js';
import { startTusNodeServer } from '../servers/tus-server.js';
import { S3FarEnd } from '../targets/s3-far-end.js';
import type { KillStore } from './killed-upload.js';

/** A store that ends with what it runs on. */
export interface StartedStore extends KillStore, AsyncDisposable {}

/** Takes bytes in order, and tells how many it has. */
export async function tusStore(): Promise<StartedStore> {
  const server = await startTusNodeServer();
  return {
    place: { kind: 'tus' },
    port: server.port,
    read: (remoteId) => Promise.resolve(server.read(remoteId)),
    fileCount: () =>
      Promise.resolve(server.uploads().filter(({ heldBytes, sizeBytes }) => heldBytes === sizeBytes).length),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Takes parts in any order, and tells which it has: Ceph. */
export async function s3Store(): Promise<StartedStore> {
  const gateway = await Radosgw.start(LEAST_PART_BYTES);
  const farEnd = await S3FarEnd.make(gateway);
  return {
    place: { kind: 's3', bucket: farEnd.bucket },
    port: Number(gateway.endpoint.port),
    read: (remoteId) => farEnd.read(remoteId),
    fileCount: () => farEnd.fileCount(),
    [Symbol.asyncDispose]: async () => {
      await farEnd[Symbol.asyncDispose]();
      await gateway[Symbol.asyncDispose]();
    },
  };
}

/** Takes parts in any order, and cannot tell which it has: the session's receipts count. */
export async function openaiStore(): Promise<StartedStore> {
  const apiKey = 'sk-killed';
  const server = await new OpenaiServer({ apiKey, now: Date.now }).listen();
  return {
    place: { kind: 'openai', apiKey },
    port: Number(new URL(server.origin).port),
    read: (remoteId) => Promise.resolve(server.files.get(remoteId)?.bytes),
    fileCount: () => Promise.resolve(server.files.size),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
