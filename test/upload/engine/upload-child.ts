import { TusTarget } from '../../../src/upload/targets/tus/tus-target.js';
import { testRun } from '../upload-run.js';

/** What a run of its own uploads. */
export interface ChildUpload {
  readonly endpoint: string;
  /** Holds the sessions of all runs. */
  readonly folder: string;
  readonly path: string;
  readonly name: string;
  readonly most: number;
  readonly partBytes: number;
}

/** What it says, a line each. */
export type ChildLine =
  | { readonly percentage: number; readonly stage: string }
  | { readonly end: string; readonly remoteId: string | undefined; readonly notes: readonly string[] };

const { endpoint, folder, path, name, most, partBytes } = JSON.parse(process.argv[2] ?? '') as ChildUpload;

function say(line: ChildLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

await using target = new TusTarget({
  endpoint: new URL(endpoint),
  connectionCount: most,
  timeoutMs: 10_000,
  allowPrivateRedirects: true,
});
await target.check(new AbortController().signal);
using test = await testRun({
  target,
  folder,
  most,
  chosenPartBytes: partBytes,
  // A server may take a moment to notice that a connection of a killed run is no more.
  mostRetries: 50,
  onEvent: ({ percentage, stage }) => {
    say({ percentage, stage });
  },
});
const [file] = await test.upload([{ path, name }]);
if (file === undefined) throw new Error('nothing was uploaded');
const end = file.state === 'failed' ? file.reason : file.state;
say({ end, remoteId: file.state === 'failed' ? undefined : file.remoteId, notes: test.notes });
