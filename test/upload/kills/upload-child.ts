import { OpenaiTarget } from '../../../src/upload/targets/openai/openai-target.js';
import { TusTarget } from '../../../src/upload/targets/tus/tus-target.js';
import type { UploadTarget } from '../../../src/upload/upload-target.js';
import { RADOSGW_KEY } from '../servers/radosgw.js';
import { SmallPartsS3 } from '../targets/small-parts-s3.js';
import { testRun } from '../upload-run.js';

/** What a run of its own uploads. */
export interface ChildUpload {
  readonly place: ChildPlace;
  /** Where the line to the server begins. */
  readonly origin: string;
  /** Holds the sessions of all runs. */
  readonly folder: string;
  readonly path: string;
  readonly name: string;
  readonly most: number;
  readonly partBytes: number;
}

/** Where files go. */
export type ChildPlace =
  | { readonly kind: 'tus' }
  | { readonly kind: 's3'; readonly bucket: string }
  | { readonly kind: 'openai'; readonly apiKey: string };

/** What it says, a line each. */
export type ChildLine =
  | { readonly percentage: number; readonly stage: string }
  | { readonly end: string; readonly remoteId: string | undefined; readonly notes: readonly string[] };

const { place, origin, folder, path, name, most, partBytes } = JSON.parse(process.argv[2] ?? '') as ChildUpload;

function say(line: ChildLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function openTarget(): UploadTarget {
  const connection = { connectionCount: most, timeoutMs: 10_000 };
  switch (place.kind) {
    case 'tus':
      return new TusTarget({ ...connection, endpoint: new URL('/files', origin), allowPrivateRedirects: true });
    case 's3':
      return new SmallPartsS3({
        ...{ ...connection, bucket: place.bucket, prefix: 'chats', endpoint: new URL(origin), region: 'us-east-1' },
        ...{ credentials: RADOSGW_KEY, checksums: 'compatible' },
      });
    case 'openai':
      return new OpenaiTarget({
        ...{ ...connection, apiKey: place.apiKey, baseUrl: new URL('/v1', origin) },
        ...{ purpose: 'user_data', wholeUpToBytes: -1 }, // All files go in parts.
      });
  }
}

await using target = openTarget();
await target.check(new AbortController().signal);
using test = await testRun({
  target,
  folder,
  most,
  chosenPartBytes: partBytes,
  // A server may take a moment to notice that a connection of a killed run is no more.
  maxRetries: 50,
  onEvent: ({ percentage, stage }) => {
    say({ percentage, stage });
  },
});
const [file] = await test.upload([{ path, name }]);
if (file === undefined) throw new Error('nothing was uploaded');
const end = file.state === 'failed' ? file.reason : file.state;
say({ end, remoteId: file.state === 'failed' ? undefined : file.remoteId, notes: test.notes });
