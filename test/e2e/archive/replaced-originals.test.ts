import { createHash } from 'node:crypto';
import { access, copyFile, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { DatabaseSync } from '@photostructure/sqlite';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { StoredFile } from '../../../src/chat/record.js';
import { memoryFile } from '../../../src/simulator/world/world-file.js';
import { readArchive, treeOf } from '../archive-check.js';
import { FERRY_USERNAME, FerryWorld } from '../ferry-world.js';
import { SimulatedExport } from '../simulated-export.js';

const KEEP = { MEDIA_DERIVATIVES: 'true', MAX_WORKERS: '2', MEDIA_TRANSCODE: 'small' };
const REPLACE = { ...KEEP, MEDIA_TRANSCODE_ORIGINALS: 'replace' };
const ferry = new FerryWorld({ textCount: 0, hasForeign: false });
let trip: SimulatedExport;
let photo: Buffer;
let ids: Record<'photo' | 'again' | 'copy' | 'flat', number>;

beforeAll(async () => {
  const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
  photo = await sharp({ create: { width: 500, height: 400, channels: 3, background: 'grey', noise } })
    .png()
    .toBuffer();
  const flat = await sharp({ create: { width: 20, height: 20, channels: 3, background: 'teal' } })
    .png()
    .toBuffer();
  const first = ferry.postDocument(memoryFile(photo), { name: 'pier.png' });
  ids = {
    photo: first,
    again: ferry.postAgain(first),
    copy: ferry.postDocument(memoryFile(photo), { name: 'pier copy.png' }),
    flat: ferry.postDocument(memoryFile(flat), { name: 'flat.png' }),
  };
  trip = await SimulatedExport.start(ferry.world, `@${FERRY_USERNAME}`);
  expect(await trip.run({ into: 'whole', env: REPLACE })).toMatchObject({ exitCode: 0, error: undefined });
}, 120_000);
afterAll(() => trip[Symbol.asyncDispose]());

describe('an export whose originals give way to smaller copies', () => {
  it('has the copy in the place of each medium with that content, and remembers what was sent', async () => {
    const { folder } = await readArchive(trip.path('whole'));
    const sent = { sizeBytes: photo.length, sha256: createHash('sha256').update(photo).digest('hex') };
    for (const id of [ids.photo, ids.again, ids.copy]) {
      const { path, original, ...stored } = await fileOf('whole', id);
      expect(path).toMatch(/pier(?: copy)?\.avif$/);
      expect(original).toEqual(sent);
      expect(stored).toEqual(await digestOf(join(folder, path)));
      expect((await sharp(join(folder, path)).metadata()).width).toBe(500);
      await expect(access(join(folder, path.replace(/avif$/, 'png')))).rejects.toThrow('ENOENT');
    }
    const flat = await fileOf('whole', ids.flat);
    expect(flat.path).toMatch(/flat\.png$/);
    expect(flat.original).toBeUndefined();
    const thumbs = await readdir(join(folder, 'thumbs'));
    expect(thumbs.filter((name) => name.includes('.small.'))).toEqual([]);
    expect(thumbs.some((name) => name.endsWith('.thumb.webp'))).toBe(true);
  });

  it('says how much that saved', async () => {
    const end = await trip.run({ into: 'told', env: REPLACE });
    const path = end.summary?.chats[0]?.reportPath ?? '';
    const report = JSON.parse(await readFile(path, 'utf8')) as { readonly derivatives: object };
    const { sizeBytes } = await fileOf('told', ids.photo);
    expect(report.derivatives).toMatchObject({ replacedCount: 1, savedBytes: photo.length - sizeBytes });
  });

  it('fetches, describes and replaces nothing again', async () => {
    const tree = await treeOf(trip.path('whole'));
    expect(await trip.run({ into: 'whole', env: REPLACE })).toMatchObject({ exitCode: 0, partRequests: 0 });
    expect(await treeOf(trip.path('whole'))).toEqual(tree);
    expect(await trip.run({ into: 'whole', env: KEEP })).toMatchObject({ exitCode: 0, partRequests: 0 });
    expect(await treeOf(trip.path('whole'))).toEqual(tree);
  });

  it('comes to the same when originals were kept before, and fetches nothing for it', async () => {
    expect((await trip.run({ into: 'late', env: KEEP })).exitCode).toBe(0);
    expect((await fileOf('late', ids.photo)).path).toMatch(/pier\.png$/);
    expect(await trip.run({ into: 'late', env: REPLACE })).toMatchObject({ exitCode: 0, partRequests: 0 });
    expect(await treeOf(trip.path('late'))).toEqual(await treeOf(trip.path('whole')));
  });

  it('is put right by the next run when it was killed before the rows, or before the originals were removed', async () => {
    await trip.run({ into: 'killed', env: KEEP });
    const { folder } = await readArchive(trip.path('killed'));
    const { path } = await fileOf('killed', ids.photo);
    await writeFile(join(folder, path.replace(/png$/, 'avif')), 'half a name');
    await trip.run({ into: 'killed', env: REPLACE });
    expect(await treeOf(trip.path('killed'))).toEqual(await treeOf(trip.path('whole')));

    await copyFile(join(folder, path.replace(/png$/, 'avif')), join(folder, path));
    const database = new DatabaseSync(join(trip.path('killed'), 'archive.db'));
    database.prepare('UPDATE media SET original_path = ? WHERE message_id = ?').run(path, ids.photo);
    database.close();
    await trip.run({ into: 'killed', env: REPLACE });
    expect(await treeOf(trip.path('killed'))).toEqual(await treeOf(trip.path('whole')));
  });

  it('keeps the original, for good, where its copy cannot be decoded to the end', async () => {
    await trip.run({ into: 'doubt', env: KEEP });
    const { folder } = await readArchive(trip.path('doubt'));
    const name = (await readdir(join(folder, 'thumbs'))).find((one) => one.includes('.small.')) ?? '';
    const copy = join(folder, 'thumbs', name);
    const bytes = await readFile(copy);
    await writeFile(copy, bytes.fill(0, Math.floor(bytes.length / 3))); // As long as before.
    expect(await trip.run({ into: 'doubt', env: REPLACE })).toMatchObject({ exitCode: 0 });
    for (const id of [ids.photo, ids.again, ids.copy]) {
      const { path, original, sizeBytes } = await fileOf('doubt', id);
      expect(path).toMatch(/\.png$/);
      expect([original, sizeBytes]).toEqual([undefined, photo.length]);
      expect((await readFile(join(folder, path))).equals(photo)).toBe(true);
    }
    expect(await readdir(join(folder, 'thumbs'))).not.toContain(name);
    const database = new DatabaseSync(join(trip.path('doubt'), 'archive.db'), { readOnly: true });
    const rows = database
      .prepare("SELECT count(*) AS count FROM descriptions WHERE data LIKE '%The original stays%'")
      .all();
    database.close();
    expect(rows).toEqual([{ count: 1 }]);
  });

  it('gives the copy to a repost, without fetching where the id is known, and to the same bytes under another id', async () => {
    await trip.run({ into: 'grown', env: REPLACE });
    const again = ferry.postAgain(ids.photo);
    expect(await trip.run({ into: 'grown', env: REPLACE })).toMatchObject({ exitCode: 0, partRequests: 0 });
    const other = ferry.postDocument(memoryFile(photo), { name: 'pier once more.png' });
    expect((await trip.run({ into: 'grown', env: REPLACE })).exitCode).toBe(0);
    const { folder } = await readArchive(trip.path('grown'));
    const { sizeBytes, sha256, original } = await fileOf('grown', ids.photo);
    for (const id of [again, other]) {
      const { path, ...file } = await fileOf('grown', id);
      expect(file).toEqual({ sizeBytes, sha256, original });
      expect(path).toMatch(/\.avif$/);
      expect((await stat(join(folder, path))).size).toBe(sizeBytes);
    }
  });
});

async function fileOf(into: string, messageId: number): Promise<StoredFile> {
  const { records } = await readArchive(trip.path(into));
  const record = records.find(({ message }) => message.id === messageId)?.media[0];
  if (record?.state !== 'stored') throw new Error(`message ${messageId} has no file`);
  return record.file;
}

async function digestOf(path: string): Promise<Omit<StoredFile, 'path'>> {
  const bytes = await readFile(path);
  return { sizeBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}
