import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { ManifestFile, readManifest } from '../../../../src/app/upload/manifest/manifest-file.js';
import type { ManifestEntry } from '../../../../src/app/upload/manifest/upload-manifest.js';
import { ProcessLock } from '../../../../src/disk/lock/process-lock.js';
import { temporaryDirectory } from '../../../archive/temporary-directory.js';

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

it('has the newest of two entries of one name at one target in the place of the older, and keeps the others', async () => {
  const folder = temporaryDirectory();
  const path = join(folder, 'upload-manifest.json');
  const manifest = new ManifestFile({ path, lockFolder: folder });
  await manifest.add([entry('a'), entry('b')], never);
  const elsewhere = { ...entry('a'), target: 'dir:/elsewhere' };
  await manifest.add([elsewhere, { ...entry('a'), sizeBytes: 2 }, entry('c')], never);
  const written = await readManifest(path, '');
  expect(written?.files.map(({ name, target, sizeBytes }) => [name, target, sizeBytes])).toEqual([
    ['a', 'dir:/there', 2],
    ['b', 'dir:/there', 1],
    ['a', 'dir:/elsewhere', 1],
    ['c', 'dir:/there', 1],
  ]);
  expect(readFileSync(path, 'utf8')).toMatch(/^\{\n "type": "chatferry-upload-manifest",\n "version": 1,\n[^]*\}\n$/);
});

it('keeps what another run has written of a file that took the place of its own, as long as that one is there', async () => {
  const folder = temporaryDirectory();
  const path = join(folder, 'upload-manifest.json');
  const remoteId = join(folder, 'a');
  const of = (text: string): ManifestEntry => ({
    ...entry('a'),
    ...{ remote: remoteId, remoteId, path: `/${text}/a` },
    sha256: createHash('sha256').update(text).digest('hex'),
  });
  const [one, other] = ['one', 'other'].map(() => new ManifestFile({ path, lockFolder: folder }));
  for (const run of [one, other]) await run?.requirePlace();
  writeFileSync(remoteId, 'other');
  await other?.add([of('other'), entry('b')], never);
  await one?.add([of('one'), entry('c')], never);
  const written = async () => (await readManifest(path, ''))?.files.map((file) => `${file.path} ${file.name}`);
  expect(await written()).toEqual(['/other/a a', '/here/b b', '/here/c c']);
  writeFileSync(remoteId, 'one');
  await other?.add([], never);
  await one?.add([of('one')], never);
  expect(await written()).toEqual(['/one/a a', '/here/b b', '/here/c c']);
});

it('waits for another run that writes to it, until its signal aborts', async () => {
  const folder = temporaryDirectory();
  const path = join(folder, 'upload-manifest.json');
  const manifest = new ManifestFile({ path, lockFolder: join(folder, 'gone') });
  const lock = ProcessLock.take(join(folder, '.upload-manifest.json.lock'), path);
  const stop = new AbortController();
  const adding = manifest.add([entry('a')], stop.signal);
  stop.abort(new Error('enough'));
  await expect(adding).rejects.toThrow();
  expect(stop.signal.aborted).toBe(true);
  expect(readdirSync(folder)).not.toContain('upload-manifest.json');
  const waiting = manifest.add([entry('a')], never);
  lock[Symbol.dispose]();
  await waiting;
  expect((await readManifest(path, ''))?.files).toMatchObject([{ name: 'a' }]);
});

it.skipIf(process.platform !== 'linux')(
  'is refused where a folder takes no files, whatever may be written to',
  async () => {
    const manifest = new ManifestFile({ path: '/proc/x.json', lockFolder: temporaryDirectory() });
    const message = expect.stringMatching(
      /^The manifest .proc.x\.json cannot be written: .* Name another place/,
    ) as unknown;
    await expect(manifest.requirePlace()).rejects.toMatchObject({ code: 'USAGE', message });
  },
);

it('leaves nothing beside it where it finds out that it can be written', async () => {
  const folder = temporaryDirectory();
  await new ManifestFile({ path: join(folder, 'm.json'), lockFolder: folder }).requirePlace();
  expect(readdirSync(folder)).toEqual([]);
});

it('is refused before anything is sent where it cannot be written, by what is wrong with the place', async () => {
  const folder = temporaryDirectory();
  const refusalOf = (...names: readonly string[]): Promise<void> =>
    new ManifestFile({ path: join(folder, ...names), lockFolder: folder }).requirePlace();
  await expect(refusalOf('m.json')).resolves.toBeUndefined();
  await expect(refusalOf('gone', 'm.json')).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining(
      `cannot be written: there is no folder ${join(folder, 'gone')}. Name another`,
    ) as unknown,
  });
  mkdirSync(join(folder, 'm.json'));
  await expect(refusalOf('m.json')).rejects.toThrow(
    'm.json is not a file. Name another place for it: --manifest <file>.',
  );
  mkdirSync(join(folder, 'archive', 'chat', 'media'), { recursive: true });
  await expect(refusalOf('archive', 'chat', 'media', 'm.json')).resolves.toBeUndefined();
  writeFileSync(join(folder, 'archive', 'archive.db'), '');
  await expect(refusalOf('archive', 'chat', 'media', 'm.json')).rejects.toThrow(
    /would lie in the archive .*archive, which/,
  );
  expect(readdirSync(folder).sort()).toEqual(['archive', 'm.json']);
});

it.each([
  ['a text that is none', 'mine'],
  ['one of another version', '{"type":"chatferry-upload-manifest","version":2,"files":[]}'],
  ['one that was cut off', '{"type":"chatferry-upload-manifest","version":1,"files":['],
])('leaves %s as it is, and reads nothing from it', async (_what, text) => {
  const path = join(temporaryDirectory(), 'upload-manifest.json');
  writeFileSync(path, text);
  const manifest = new ManifestFile({ path, lockFolder: join(path, '..') });
  const message = `${path} is not an upload manifest, is truncated, or has another version. It was left as it is: name another file.`;
  await expect(manifest.requirePlace()).rejects.toMatchObject({ code: 'USAGE', message });
  await expect(manifest.add([entry('a')], never)).rejects.toMatchObject({ code: 'USAGE', message });
  expect(readFileSync(path, 'utf8')).toBe(text);
  await expect(readManifest(path, 'A remedy.')).rejects.toThrow('another version. A remedy.');
});

it('does not take a file of any size into memory, nor one that is no file', async () => {
  const folder = temporaryDirectory();
  const path = join(folder, 'upload-manifest.json');
  writeFileSync(path, '');
  truncateSync(path, 256 * 1024 * 1024 + 1);
  await expect(readManifest(path, '')).rejects.toThrow('is not an upload manifest');
  await expect(readManifest(folder, '')).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
  expect(await readManifest(join(folder, 'gone.json'), '')).toBeUndefined();
});
