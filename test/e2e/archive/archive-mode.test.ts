import { chmodSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { FERRY_USERNAME, FerryWorld } from '../ferry-world.js';
import { SimulatedExport } from '../simulated-export.js';

const ferry = new FerryWorld({ textCount: 4, hasForeign: false });
let trip: SimulatedExport;
beforeAll(async () => {
  trip = await SimulatedExport.start(ferry.world, `@${FERRY_USERNAME}`);
});
afterAll(() => trip[Symbol.asyncDispose]());

/** Permissions of the archive and of all that is in it, by relative path. */
function modesIn(directory: string): Record<string, number> {
  const names = ['', ...readdirSync(directory, { recursive: true }).map(String)].sort();
  return Object.fromEntries(names.map((name) => [name, statSync(join(directory, name)).mode & 0o777]));
}

function expectPrivate(directory: string): void {
  for (const [name, mode] of Object.entries(modesIn(directory))) {
    expect([name, mode]).toEqual([name, statSync(join(directory, name)).isDirectory() ? 0o700 : 0o600]);
  }
}

describe.skipIf(process.platform === 'win32')('a new archive', () => {
  it('is for its owner alone: folders, media, reports, database and lock', async () => {
    const end = await trip.run({ into: 'private' });
    expect(end).toMatchObject({ exitCode: 0 });
    expect(Object.keys(modesIn(trip.path('private')))).toEqual(
      expect.arrayContaining(['archive.db', 'archive.lock', expect.stringContaining('media/documents/')]),
    );
    expectPrivate(trip.path('private'));
  });

  it('is so in a folder that was there and is open, which stays as it is', async () => {
    mkdirSync(trip.path('open'));
    chmodSync(trip.path('open'), 0o755);
    await trip.run({ into: 'open' });
    const { '': root, ...inside } = modesIn(trip.path('open'));
    expect(root).toBe(0o755);
    for (const [name, mode] of Object.entries(inside)) expect([name, mode & 0o077]).toEqual([name, 0]);
  });

  it('is open with ARCHIVE_MODE=shared as far as the umask lets, and stays so for later runs without it', async () => {
    mkdirSync(trip.path('as-the-umask-lets'));
    const open = statSync(trip.path('as-the-umask-lets')).mode & 0o777;
    await trip.run({ into: 'shared', env: { ARCHIVE_MODE: 'shared', MEDIA_KINDS: 'photo' } });
    await trip.run({ into: 'shared' });
    for (const [name, mode] of Object.entries(modesIn(trip.path('shared')))) {
      const isFolder = statSync(join(trip.path('shared'), name)).isDirectory();
      expect([name, mode]).toEqual([name, isFolder ? open : open & 0o666]);
    }
  });

  it('that is private stays so, whatever a later run is told', async () => {
    await trip.run({ into: 'kept', env: { MEDIA_KINDS: 'photo' } });
    await trip.run({ into: 'kept', env: { ARCHIVE_MODE: 'shared' } });
    expectPrivate(trip.path('kept'));
  });
});
