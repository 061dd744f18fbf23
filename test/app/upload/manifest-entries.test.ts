import { expect, it } from 'vitest';

import { ManifestEntries } from '../../../src/app/upload/manifest/manifest-entries.js';
import type { ArrivedFile } from '../../../src/upload/uploaded-file.js';

function arrived(name: string): ArrivedFile {
  const sha256 = '0'.repeat(64);
  const far = { target: 'dir:/x', remote: `/x/${name}`, remoteId: `/x/${name}`, confirmedBy: 'sha256' } as const;
  return { path: `/photos/${name}`, name, sizeBytes: 1, sha256, state: 'uploaded', ...far };
}

it('files stand in the order in which they were handed out, and those that were not stand behind them', () => {
  const entries = new ManifestEntries();
  for (const name of ['d', 'b', 'a']) entries.arrived(arrived(name));
  for (const name of ['a', 'b']) entries.handedOut(arrived(name));
  expect(entries.all.map(({ name }) => name)).toEqual(['a', 'b', 'd']);
  expect(entries.take()).toHaveLength(3);
  expect(entries.all).toEqual([]);
});
