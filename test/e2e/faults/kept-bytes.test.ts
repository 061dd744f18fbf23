import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { patternedFile, sha256OfFile } from '../../../src/simulator/world/world-file.js';
import { expectFilesOfRecords, readArchive } from '../archive-check.js';
import { DOCUMENTS_CHAT, DocumentsWorld } from '../documents-world.js';
import { onParts } from '../part-fault.js';
import { SimulatedExport } from '../simulated-export.js';

const PART = 512 * 1024;
const SIZES = [
  ['of one part', 40_001],
  ['of several parts', 2 * PART + 5],
] as const;

describe('a file that was fetched and cannot get its name', () => {
  it.each(SIZES)('%s is not fetched again by the next run', async (_, size) => {
    const documents = new DocumentsWorld();
    const file = patternedFile(1n, size);
    documents.post(file);
    await using trip = await SimulatedExport.start(documents.world, DOCUMENTS_CHAT);
    // Where the folder of documents should be stands a file.
    await trip.run({ env: { MEDIA_KINDS: 'photo' } });
    const { folder } = await readArchive(trip.path());
    await mkdir(join(folder, 'media'), { recursive: true });
    await writeFile(join(folder, 'media', 'documents'), 'in the way');

    const end = await trip.run();
    expect(end).toMatchObject({ exitCode: 1, error: { code: 'FILE_SYSTEM' } });
    expect(end.partRequests).toBeGreaterThan(0);

    await rm(join(folder, 'media', 'documents'));
    expect(await trip.run()).toMatchObject({ exitCode: 0, partRequests: 0 });
    const { records } = await readArchive(trip.path());
    await expectFilesOfRecords(folder, records);
    expect(records.flatMap(({ media }) => media)).toMatchObject([{ file: { sha256: sha256OfFile(file) } }]);
  });

  it('is fetched again when its bytes were changed meanwhile', async () => {
    const documents = new DocumentsWorld();
    const file = patternedFile(1n, 40_001);
    documents.post(file);
    await using trip = await SimulatedExport.start(documents.world, DOCUMENTS_CHAT);
    await trip.run({ env: { MEDIA_KINDS: 'photo' } });
    const { folder } = await readArchive(trip.path());
    await mkdir(join(folder, 'media'), { recursive: true });
    await writeFile(join(folder, 'media', 'documents'), 'in the way');
    await trip.run();
    const [left = ''] = await readdir(join(folder, '.partial'));
    await writeFile(join(folder, '.partial', left), Buffer.alloc(40_001));

    await rm(join(folder, 'media', 'documents'));
    expect(await trip.run()).toMatchObject({ exitCode: 0, partRequests: 1 });
    const { records } = await readArchive(trip.path());
    await expectFilesOfRecords(folder, records);
    expect(records.flatMap(({ media }) => media)).toMatchObject([{ file: { sha256: sha256OfFile(file) } }]);
  });
});

describe('a file that is refused in its middle', () => {
  it.each(['LOCATION_INVALID', 'CHANNEL_PRIVATE', 'SOMETHING_NEW_77'])(
    'keeps the parts that came before %s, and the next run asks for the others only',
    async (error) => {
      const documents = new DocumentsWorld();
      const file = patternedFile(1n, 3 * PART + 5);
      documents.post(file, 0); // Then its parts come one after the other.
      await using trip = await SimulatedExport.start(documents.world, DOCUMENTS_CHAT);
      const refused = onParts(({ offset }) => (offset === 2 * PART ? { error } : undefined));
      expect((await trip.run({ network: { fault: refused } })).exitCode).toBe(4);

      const asked: number[] = [];
      const fault = onParts(({ offset }) => {
        asked.push(offset);
        return undefined;
      });
      expect((await trip.run({ network: { fault } })).exitCode).toBe(0);
      expect(asked).toEqual([2 * PART, 3 * PART]);
      const { records, folder } = await readArchive(trip.path());
      await expectFilesOfRecords(folder, records);
      expect(records.flatMap(({ media }) => media)).toMatchObject([{ file: { sha256: sha256OfFile(file) } }]);
    },
  );
});
