import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

import type { DownloadSubject, RemoteFileOfChat, SubjectOptions } from './download-subject.js';
import { requireRival } from './rival-package.js';

// Only as much of gramjs as is used here: the package itself is loaded at run time, unmodified and without the seams
// that this program's own source puts into it.
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

/** The `telegram` package as it comes from the registry. */
export async function openGramjsSubject({ access }: SubjectOptions): Promise<DownloadSubject> {
  const { TelegramClient } = requireRival('telegram') as Gramjs;
  const { StringSession } = requireRival('telegram/sessions') as { StringSession: new (text: string) => object };
  const { Logger } = requireRival('telegram/extensions/Logger.js') as { Logger: new (level: string) => object };
  const { ConnectionTCPFull } = requireRival('telegram/network') as { ConnectionTCPFull: ConnectionClass };
  // The only seam that is told the data centre: gramjs dials port 80 or 443 whatever the session says.
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
          // It does not wait for the stream that it writes to: given a path, it may be done before there is a file.
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
        // On its own it waits a second before each page beyond 3,000 messages; the comparison is of what it can do.
        for await (const { id, message = '' } of client.iterMessages(peer, { waitTime: 0 })) onMessage(id, message);
      };
    },
    [Symbol.asyncDispose]: () => client.destroy(),
  };
}
