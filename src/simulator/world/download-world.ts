import { SeededRandom } from './seeded-random.js';
import { synthesizeSize } from './synthetic-media.js';
import type { TlObject } from '../tl/tl-object.js';
import { WorldBuilder } from './world-builder.js';
import { patternedFile } from './world-file.js';
import type { World, WorldPeer } from './world.js';

export interface DownloadWorldOptions {
  /** Number of small files, and size of the large one in megabytes (1,000,000 bytes). @defaultValue 200 */
  readonly fileCount?: number;
  /** @defaultValue 1 */
  readonly seed?: number;
}

const ACCOUNT = { userId: 777_001n, phone: '99966771001', code: '12345' } as const;
const LARGE_UNIT_BYTES = 1_000_000;
const SMALL_BYTES = 200_000;
/** Reading the history then takes about as long as fetching the files. */
const TEXTS_PER_FILE = 50;
/** The number of connections that these files are meant to saturate. */
const LINE_FILES = 4;

/**
 * Supergroups for comparing clients: `bench_large` has one large file, `bench_small` many of 200 KB, `bench_text` 50
 * messages without media for each of those, `bench_mixed` the same number of files in the sizes of a lively chat, and
 * `bench_line` four files of a quarter of the large one each.
 *
 * @throws {RangeError} if `fileCount` is not an integer of 1 or more.
 */
export function createDownloadWorld({ fileCount = 200, seed = 1 }: DownloadWorldOptions = {}): World {
  if (!Number.isSafeInteger(fileCount) || fileCount < 1) {
    throw new RangeError(`fileCount must be an integer of 1 or more, got ${fileCount}`);
  }
  const world = new WorldBuilder({ seed });
  world.addAccount(ACCOUNT);
  world.addUser(ACCOUNT.userId, { self: true, first_name: 'Bench', phone: ACCOUNT.phone });
  const group = (id: bigint, username: string): WorldPeer =>
    world.addChannel(id, username, { megagroup: true, username });

  postFile(world, group(3001n, 'bench_large'), { id: 1n, sizeBytes: fileCount * LARGE_UNIT_BYTES });
  const small = group(3002n, 'bench_small');
  for (let id = 2n; id < fileCount + 2; id += 1n) postFile(world, small, { id, sizeBytes: SMALL_BYTES });
  const text = group(3003n, 'bench_text');
  for (let index = 1; index <= fileCount * TEXTS_PER_FILE; index += 1) {
    world.post(text, { message: `Message ${index} of a chat that has nothing but words in it.`, from_id: SENDER });
  }
  const mixed = group(3004n, 'bench_mixed');
  const random = new SeededRandom(seed);
  const mixedId = BigInt(fileCount) + 2n;
  for (let index = 0; index < fileCount; index += 1) {
    postFile(world, mixed, { id: mixedId + BigInt(index), sizeBytes: synthesizeSize(random).sizeBytes });
  }
  const line = group(3005n, 'bench_line');
  const lineId = mixedId + BigInt(fileCount);
  for (let index = 0; index < LINE_FILES; index += 1) {
    const sizeBytes = (fileCount * LARGE_UNIT_BYTES) / LINE_FILES;
    postFile(world, line, { id: lineId + BigInt(index), sizeBytes });
  }
  return world;
}

const SENDER: TlObject = { _: 'peerUser', user_id: ACCOUNT.userId };

function postFile(
  world: WorldBuilder,
  peer: WorldPeer,
  { id, sizeBytes }: { readonly id: bigint; readonly sizeBytes: number },
): void {
  const document = world.addDocument({
    file: patternedFile(id, sizeBytes),
    mimeType: 'application/octet-stream',
    attributes: [{ _: 'documentAttributeFilename', file_name: `file-${id}.bin` }],
  });
  world.post(peer, { message: '', from_id: SENDER, media: { _: 'messageMediaDocument', document } });
}
