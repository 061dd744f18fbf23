import { expect, test } from 'vitest';

import { createDownloadWorld } from '../../src/simulator/download-world.js';

test('the world to download from has one large file, small ones, and a history of words, all of one count', () => {
  const world = createDownloadWorld({ fileCount: 4 });
  const [account] = world.accounts;
  const counts = ['channel:3001', 'channel:3002', 'channel:3003'].map(
    (peer) => world.history(account?.userId ?? 0n, peer as `channel:${bigint}`)?.length,
  );
  expect(counts).toEqual([1, 4, 200]);
});

test.each([0, 1.5, -3])('a count of %d files is refused', (fileCount) => {
  expect(() => createDownloadWorld({ fileCount })).toThrow(`got ${fileCount}`);
});
