import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

import type { DownloadSubject, RemoteFileOfChat, SubjectOptions } from './download-subject.js';
import { loadRival } from './rival-package.js';

// The part of mtcute that is used here. It is installed for development only.
interface MtcuteMessage {
  readonly id: number;
  readonly text: string;
  readonly media: { readonly type: string } | null;
}
interface MtcuteClient {
  start(login: object): Promise<unknown>;
  resolvePeer(username: string): Promise<object>;
  iterHistory(peer: string | object, options?: object): AsyncIterable<MtcuteMessage>;
  downloadAsIterable(
    file: object,
    options: { progressCallback: (downloaded: number) => void; abortSignal: AbortSignal },
  ): AsyncIterable<Uint8Array>;
  destroy(): Promise<void>;
}
interface Mtcute {
  readonly TelegramClient: new (options: object) => MtcuteClient;
  readonly MemoryStorage: new () => object;
}
interface MtcuteUtils {
  readonly NodeCryptoProvider: new () => { initialize(): Promise<void> };
  readonly addPublicKey: (crypto: object, pem: string) => void;
}

/** The unmodified `@mtcute/node` package from the registry, with its WASM cipher. */
export async function openMtcuteSubject({ access, signal }: SubjectOptions): Promise<DownloadSubject> {
  const { TelegramClient, MemoryStorage } = (await loadRival('@mtcute/node')) as Mtcute;
  const { NodeCryptoProvider, addPublicKey } = (await loadRival('@mtcute/node/utils.js')) as MtcuteUtils;
  const crypto = new NodeCryptoProvider();
  await crypto.initialize();
  addPublicKey(crypto, access.publicKeyPem);
  const [home] = access.dcs;
  const dc = { id: home?.id, ipAddress: home?.host, port: home?.port };
  const client = new TelegramClient({
    apiId: 1,
    apiHash: 'hash',
    storage: new MemoryStorage(),
    crypto,
    defaultDcs: { main: dc, media: dc },
    logLevel: 0,
    disableUpdates: true,
  });
  await client.start({ phone: access.phone, code: access.code, password: '', codeSentCallback: () => undefined });
  return {
    async files(username) {
      const files: RemoteFileOfChat[] = [];
      for await (const { id, media } of client.iterHistory(username)) {
        if (media?.type !== 'document') continue;
        const fetch = async (path: string, onBytes: (count: number) => void): Promise<void> => {
          let before = 0;
          const progressCallback = (downloaded: number): void => {
            onBytes(downloaded - before);
            before = downloaded;
          };
          // Does the same as mtcute's `downloadToFile`, which returns before the file is written, and sometimes before
          // it exists.
          const parts = client.downloadAsIterable(media, { progressCallback, abortSignal: signal });
          await pipeline(parts, createWriteStream(path));
        };
        files.push({ messageId: id, fetch });
      }
      return files;
    },
    async history(username) {
      const peer = await client.resolvePeer(username);
      return async (onMessage) => {
        for await (const { id, text } of client.iterHistory(peer, { limit: Infinity })) onMessage(id, text);
      };
    },
    [Symbol.asyncDispose]: () => client.destroy(),
  };
}
