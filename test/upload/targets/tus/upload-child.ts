import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';

import { changedTarget } from '../changed-target.js';
import { testRun } from '../../upload-run.js';
import { tusClient } from './far-ends.js';

/** What an upload in a process of its own is told, as JSON. */
export interface ChildUpload {
  readonly endpoint: string;
  readonly path: string;
  readonly folder: string;
  readonly partBytes: number;
  readonly most: number;
}

/**
 * Uploads a file. Says of each piece of a part how many bytes are about to be sent, and waits for a line before it sends them;
 * at the end, what became of the file.
 */
async function main({ endpoint, path, folder, partBytes, most }: ChildUpload): Promise<void> {
  const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const target = tusClient(new URL(endpoint));
  await target.check(new AbortController().signal);
  const telling = changedTarget(target, {
    sendPart: (remote, { part, file }, signal) => {
      const body = async function* () {
        for await (const piece of part.body()) {
          say({ bytes: piece.length });
          await answers.next();
          yield piece;
        }
      };
      return target.sendPart(remote, { part: { ...part, body }, file }, signal);
    },
  });
  using test = await testRun({ target: telling, folder, chosenPartBytes: partBytes, most });
  const [file] = await test.upload([{ path, name: 'film.mp4' }]);
  say({ file, notes: test.notes });
  await target[Symbol.asyncDispose]();
  process.stdin.destroy();
}

function say(line: object): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

await main(JSON.parse(process.argv[2] ?? '') as ChildUpload);
