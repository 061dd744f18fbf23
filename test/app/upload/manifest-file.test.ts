import { join } from 'node:path';

import { expect, it } from 'vitest';

import { ManifestFile, readManifest } from '../../../src/app/upload/manifest/manifest-file.js';
import type { ManifestEntry } from '../../../src/app/upload/manifest/upload-manifest.js';
import { temporaryDirectory } from '../../archive/temporary-directory.js';

const never = new AbortController().signal;

function entry(name: string): ManifestEntry {
  const place = { target: 'dir:/there', remote: `/there/${name}`, remoteId: `/there/${name}` };
  return { path: `/here/${name}`, name, sizeBytes: 1, sha256: '0'.repeat(64), ...place };
}

it('is written, by several at a time, also where no lock can be kept in the folder of sessions', async () => {
  const folder = temporaryDirectory();
  const path = join(folder, 'upload-manifest.json');
  const names = ['a', 'b', 'c', 'd', 'e'];
  const adding = names.map((name) => {
    const manifest = new ManifestFile({ path, lockFolder: join(folder, 'gone') });
    return manifest.add([entry(name)], never);
  });
  await Promise.all(adding);
  const written = await readManifest(path, 'Name another.');
  expect(written?.files.map(({ name }) => name).sort()).toEqual(names);
});
