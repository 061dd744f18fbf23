import { expect, test } from 'vitest';

import { createDownloadWorld } from '../../../src/simulator/world/download-world.js';

test('the download world has one large file, small and mixed ones, a history of texts, all by one count, and four files for a connection', () => {
  const world = createDownloadWorld({ fileCount: 4 });
  const [account] = world.accounts;
  const counts = [3001, 3002, 3003, 3004, 3005].map(
    (id) => world.history(account?.userId ?? 0n, `channel:${BigInt(id)}`)?.length,
  );
  expect(counts).toEqual([1, 4, 200, 4, 4]);
});

test.each([0, 1.5, -3])('a count of %d files is refused', (fileCount) => {
  expect(() => createDownloadWorld({ fileCount })).toThrow(`got ${fileCount}`);
});
