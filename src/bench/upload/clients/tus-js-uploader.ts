import { createReadStream } from 'node:fs';

import { loadRival } from '../../download/rival-package.js';
import { type SendFiles, withWorkers } from './send-files.js';

/** The part of `tus-js-client` that is used here. */
interface TusJs {
  readonly Upload: new (
    file: NodeJS.ReadableStream,
    options: {
      readonly endpoint: string;
      readonly metadata: Readonly<Record<string, string>>;
      readonly onSuccess: () => void;
      readonly onError: (error: Error) => void;
    },
  ) => { start(): void };
}

/** The client of the tus project with its defaults: one request per file, no verification at the target. */
export async function openTusJs(): Promise<SendFiles> {
  const { Upload } = (await loadRival('tus-js-client')) as TusJs;
  return async ({ files, target, parallelCount }) => {
    const endpoint = target.replace(/^tus\+/, '');
    await withWorkers(files, parallelCount, ({ path, name }) => {
      return new Promise((resolve, reject) => {
        const metadata = { filename: name };
        new Upload(createReadStream(path), { endpoint, metadata, onSuccess: resolve, onError: reject }).start();
      });
    });
    return {};
  };
}
