import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { OpenSession } from '../../../src/upload/session/open-session.js';
import { SessionFiles } from '../../../src/upload/session/session-files.js';
import type { DonePart, UploadSession } from '../../../src/upload/session/upload-session.js';

let folder: string;
let files: SessionFiles;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chatferry-open-session-'));
  files = await SessionFiles.open(join(folder, 'sessions'));
});

afterEach(() => {
  chmodSync(join(folder, 'sessions'), 0o700);
  rmSync(folder, { recursive: true, force: true });
});

function begin(): OpenSession {
  return OpenSession.begin(
    {
      id: 'a',
      path: '/somewhere/f',
      target: 'dir:/to',
      name: 'f',
      mark: { sizeBytes: 30, modifiedNs: '1', inode: '2' },
      sha256: 'a'.repeat(64),
      plan: { sizeBytes: 30, partBytes: 10, partCount: 3 },
      nowMs: 1000,
      lifeMs: 5000,
      shownPercentage: 0,
    },
    files,
    () => 2000,
  );
}

function part(index: number): DonePart {
  return {
    index,
    offset: index * 10,
    sizeBytes: 10,
    sha256: 'b'.repeat(64),
    tag: `t${index}`,
    uploadedAtMs: 1,
    tryCount: 1,
  };
}

const onDisk = (): UploadSession =>
  JSON.parse(readFileSync(join(folder, 'sessions', 'a.session.json'), 'utf8')) as UploadSession;

it('has a part on the disk before the next is sent, and all that came before it', async () => {
  const session = begin();
  await session.setRemote({ url: 'there', expiresAtMs: '4000' }, 0);
  await session.addPart(part(1), { shownPercentage: 30, isLightweight: false });
  expect(onDisk()).toMatchObject({ remote: { url: 'there' }, expiresAtMs: 4000, parts: [{ index: 1 }] });
  await session.addPart(part(0), { shownPercentage: 60, isLightweight: false });
  expect(onDisk().parts.map(({ index }) => index)).toEqual([0, 1]);
});

it('waits for what is written meanwhile when it is asked to', async () => {
  const session = begin();
  await session.addPart(part(0), { shownPercentage: 90, isLightweight: true });
  await session.saved();
  expect(onDisk().parts).toHaveLength(1);
  expect(readdirSync(join(folder, 'sessions'))).toEqual(['a.session.json']);
});

it.skipIf(process.platform === 'win32')(
  'says where it matters that it could not be written, and writes it once that is possible',
  async () => {
    // Root writes into every folder, so the folder is gone.
    rmSync(join(folder, 'sessions'), { recursive: true });
    const session = begin();
    await expect(session.setRemote({ url: 'there' }, 0)).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
    await expect(session.addPart(part(0), { shownPercentage: 30, isLightweight: false })).rejects.toMatchObject({
      code: 'FILE_SYSTEM',
    });
    await expect(session.saved()).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
    files = await SessionFiles.open(join(folder, 'sessions'));
    await session.saved();
    expect(onDisk()).toMatchObject({ remote: { url: 'there' }, parts: [{ index: 0 }] });
  },
);

it('writes nothing when it keeps all parts', async () => {
  const session = begin();
  await session.addPart(part(0), { shownPercentage: 30, isLightweight: false });
  rmSync(join(folder, 'sessions', 'a.session.json'));
  await session.keepParts(session.data.parts);
  expect(readdirSync(join(folder, 'sessions'))).toEqual([]);
  await session.keepParts([]);
  expect(onDisk().parts).toEqual([]);
});
