import { expect, test } from 'vitest';

import { createRepostWorld } from '../../../src/simulator/world/repost-world.js';
import type { TlObject } from '../../../src/simulator/tl/tl-object.js';
import { sha256OfFile } from '../../../src/simulator/world/world-file.js';

test('in the repost world, 60 % of the files, and about as many bytes, repeat earlier ones under other ids', () => {
  const world = createRepostWorld({ fileCount: 50 });
  const history = world.history(world.accounts[0]?.userId ?? 0n, 'channel:3004');
  const seen = new Set<string>();
  const ids = new Set<unknown>();
  let [allBytes, newBytes] = [0, 0];
  for (let index = 0; index < 50; index += 1) {
    const document = (history?.at(index)['media'] as TlObject)['document'] as TlObject;
    ids.add(document['id']);
    const file = world.file('document', document['id'] as bigint);
    if (file === undefined) throw new Error(`Message ${index} has no file.`);
    const hash = sha256OfFile(file);
    allBytes += file.sizeBytes;
    if (!seen.has(hash)) newBytes += file.sizeBytes;
    seen.add(hash);
  }
  expect(ids.size).toBe(50);
  expect(seen.size).toBe(20);
  expect(newBytes / allBytes).toBeGreaterThan(0.3);
  expect(newBytes / allBytes).toBeLessThan(0.5);
});

test.each([0, 1.5, -3])('a count of %d files is refused', (fileCount) => {
  expect(() => createRepostWorld({ fileCount })).toThrow(`got ${fileCount}`);
});
