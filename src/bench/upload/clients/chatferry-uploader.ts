import { UploadJob } from '../../../app/upload/upload-job.js';
import type { UploadItem } from '../../../upload/uploaded-file.js';
import type { SendFiles } from './send-files.js';

/**
 * The uploads of this program, configured like `chatferry upload`: with sessions, verification at the target and a
 * memory limit.
 */
export const sendWithChatferry: SendFiles = async ({ files, target }, { settings, signal }) => {
  const job = new UploadJob({
    to: [target],
    openItems: () =>
      Promise.resolve({ sources: [], items: () => inTurn(files), [Symbol.asyncDispose]: () => Promise.resolve() }),
    settings,
    cwd: process.cwd(),
    reporter: { event: () => undefined },
    onNote: (text) => {
      process.stderr.write(`${text}\n`);
    },
    signal,
  });
  const failures: Record<string, number> = {};
  for await (const file of job.run()) {
    if (file.state !== 'failed') continue;
    failures[file.code] = (failures[file.code] ?? 0) + 1;
    process.stderr.write(`${file.name}: ${file.reason}\n`);
  }
  return failures;
};

// eslint-disable-next-line @typescript-eslint/require-await -- The job requires an async iterable.
async function* inTurn(files: readonly UploadItem[]): AsyncGenerator<UploadItem, void, void> {
  yield* files;
}
