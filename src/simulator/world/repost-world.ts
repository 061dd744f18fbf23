import { SeededRandom } from './seeded-random.js';
import type { TlObject } from '../tl/tl-object.js';
import { WorldBuilder } from './world-builder.js';
import { patternedFile } from './world-file.js';
import type { World } from './world.js';

export interface RepostWorldOptions {
  /** Number of messages, each with one document. @defaultValue 200 */
  readonly fileCount?: number;
  /** @defaultValue 1 */
  readonly seed?: number;
}

const ACCOUNT = { userId: 777_001n, phone: '99966771001', code: '12345' } as const;
const SENDER: TlObject = { _: 'peerUser', user_id: ACCOUNT.userId };
const NEW_RATIO = 0.4;
const MIN_BYTES = 50_000;
const MAX_BYTES = 950_000;

/**
 * One supergroup, `bench_reposts`, in which files are reposted: 40 % of its files are new; the others have the bytes of
 * an earlier file with a new document id, as after a download and a second upload.
 *
 * @throws {RangeError} if `fileCount` is not an integer of 1 or more.
 */
export function createRepostWorld({ fileCount = 200, seed = 1 }: RepostWorldOptions = {}): World {
  if (!Number.isSafeInteger(fileCount) || fileCount < 1) {
    throw new RangeError(`fileCount must be an integer of 1 or more, got ${fileCount}`);
  }
  const world = new WorldBuilder({ seed });
  world.addAccount(ACCOUNT);
  world.addUser(ACCOUNT.userId, { self: true, first_name: 'Bench', phone: ACCOUNT.phone });
  const peer = world.addChannel(3004n, 'bench_reposts', { megagroup: true, username: 'bench_reposts' });
  const random = new SeededRandom(seed);
  let contentCount = 0;
  for (let index = 0; index < fileCount; index += 1) {
    // Evenly distributed: every section of the chat has the same proportion of new files.
    const isNew = Math.ceil((index + 1) * NEW_RATIO) > contentCount;
    const content = isNew ? contentCount++ : random.int(0, contentCount - 1);
    // The size depends on the number of the content, so reposts have the same sizes as new files.
    const sizeBytes = MIN_BYTES + ((content * 7919) % 1000) * ((MAX_BYTES - MIN_BYTES) / 1000);
    const document = world.addDocument({
      file: patternedFile(BigInt(content + 1), sizeBytes),
      mimeType: 'application/octet-stream',
      attributes: [{ _: 'documentAttributeFilename', file_name: `seen-${index + 1}.bin` }],
    });
    world.post(peer, { message: '', from_id: SENDER, media: { _: 'messageMediaDocument', document } });
  }
  return world;
}
