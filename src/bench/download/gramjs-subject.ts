import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

import type { DownloadSubject, RemoteFileOfChat, SubjectOptions } from './download-subject.js';
import { requireRival } from './rival-package.js';

// The part of gramjs that is used here. The package is loaded at run time, unmodified and without the patches of this
// program's own source.
interface ConnectionParameters {
  readonly dcId: number;
}
type ConnectionClass = new (parameters: ConnectionParameters) => object;
interface GramjsMessage {
  readonly id: number;
  readonly message?: string;
  readonly media?: object;
}
interface GramjsClient {
  connect(): Promise<boolean>;
  getInputEntity(username: string): Promise<object>;
  iterMessages(peer: string | object, options: { limit?: number; waitTime: number }): AsyncIterable<GramjsMessage>;
  downloadMedia(
    message: GramjsMessage,
    options: { outputFile: NodeJS.WritableStream; progressCallback: (received: { valueOf(): number }) => void },
  ): Promise<unknown>;
  destroy(): Promise<void>;
}
interface Gramjs {
  readonly TelegramClient: new (session: object, apiId: number, apiHash: string, options: object) => GramjsClient;
}

/** The unmodified `telegram` package from the registry. */
export async function openGramjsSubject({ access }: SubjectOptions): Promise<DownloadSubject> {
  const { TelegramClient } = requireRival('telegram') as Gramjs;
  const { StringSession } = requireRival('telegram/sessions') as { StringSession: new (text: string) => object };
  const { Logger } = requireRival('telegram/extensions/Logger.js') as { Logger: new (level: string) => object };
  const { ConnectionTCPFull } = requireRival('telegram/network') as { ConnectionTCPFull: ConnectionClass };
  // The only hook that receives the data centre: gramjs connects to port 80 or 443 whatever the session says.
  class Redirected extends ConnectionTCPFull {
    constructor(parameters: ConnectionParameters) {
      const dc = access.dcs.find(({ id }) => id === parameters.dcId);
      super(dc === undefined ? parameters : Object.assign(parameters, { ip: dc.host, port: dc.port }));
    }
  }
  const client = new TelegramClient(new StringSession(access.session), 1, 'hash', {
    connection: Redirected,
    connectionRetries: 1,
    baseLogger: new Logger('none'),
  });
  await client.connect();
  return {
    async files(username) {
      const files: RemoteFileOfChat[] = [];
      for await (const message of client.iterMessages(username, { waitTime: 0 })) {
        if (message.media === undefined) continue;
        const fetch = async (path: string, onBytes: (count: number) => void): Promise<void> => {
          let before = 0;
          const progressCallback = (received: { valueOf(): number }): void => {
            onBytes(Number(received) - before);
            before = Number(received);
          };
          // gramjs does not wait for its output stream: with a path, it may return before the file exists.
          const output = createWriteStream(path);
          await client.downloadMedia(message, { outputFile: output, progressCallback });
          output.end();
          await finished(output);
        };
        files.push({ messageId: message.id, fetch });
      }
      return files;
    },
    async history(username) {
      const peer = await client.getInputEntity(username);
      return async (onMessage) => {
        // By default it waits a second before each page beyond 3,000 messages. The benchmark compares the highest
        // speed.
        for await (const { id, message = '' } of client.iterMessages(peer, { waitTime: 0 })) onMessage(id, message);
      };
    },
    [Symbol.asyncDispose]: () => client.destroy(),
  };
}
