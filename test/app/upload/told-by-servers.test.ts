import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { manifestEntry } from '../../../src/app/upload/manifest/upload-manifest.js';
import { UploadStore } from '../../../src/upload/session/upload-store.js';
import type { UploadedFile } from '../../../src/upload/uploaded-file.js';

const FILE: UploadedFile = {
  path: '/a',
  name: 'a',
  target: 'gemini:host',
  sizeBytes: 1,
  state: 'uploaded',
  sha256: '0'.repeat(64),
  remote: 'https://host/a',
  remoteId: 'files/a',
  confirmedBy: 'size',
};

it('writes nothing into a manifest that could not be read again', () => {
  expect(manifestEntry(FILE)).toMatchObject({ remote: 'https://host/a' });
  expect(manifestEntry({ ...FILE, remote: 'x'.repeat(90_000) })).toBeUndefined();
  expect(manifestEntry({ ...FILE, expiresAtMs: 253_402_300_800_000 })).toBeUndefined();
});

it('says of a damaged memory of uploads that it can be removed, and nothing of archives', () => {
  const folder = mkdtempSync(join(tmpdir(), 'chatferry-test-'));
  try {
    writeFileSync(join(folder, 'uploads.db'), 'no database at all, and longer than a header of one'.repeat(100));
    expect(() => new UploadStore(folder)).toThrow(/uploads\.db is damaged or no database of ours .* Remove it:/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
