import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { Fault } from '../../src/simulator/server/network.js';
import { patternedFile } from '../../src/simulator/world/world-file.js';
import { expectWhole, readArchive } from './archive-check.js';
import { FERRY_USERNAME, FerryWorld } from './ferry-world.js';
import { onParts } from './part-fault.js';
import { SimulatedExport } from './simulated-export.js';

const CHAT = `@${FERRY_USERNAME}`;

/** A chat where 60 % of the files are there before, under other ids. */
function repostHeavy(): { readonly ferry: FerryWorld; readonly allBytes: number; readonly distinctBytes: number } {
  const ferry = new FerryWorld({ textCount: 0, hasForeign: false });
  let [allBytes, distinctBytes] = [0, 0];
  for (const { sizeBytes } of ferry.expected) allBytes += sizeBytes;
  for (const sizeBytes of new Map(ferry.expected.map((medium) => [medium.sha256, medium.sizeBytes])).values()) {
    distinctBytes += sizeBytes;
  }
  const sizeOf = (seed: number): number => 60_000 + seed * 37_003;
  for (let round = 0; round < 5; round += 1) {
    for (let seed = 0; seed < 8; seed += 1) {
      // The first two rounds bring new files, the others the same ones again.
      const content = round < 2 ? seed + round * 8 : seed + (round % 2) * 8;
      const sizeBytes = sizeOf(content);
      ferry.postDocument(patternedFile(BigInt(1000 + content), sizeBytes), { name: `forwarded ${round} ${seed}.bin` });
      allBytes += sizeBytes;
      if (round < 2) distinctBytes += sizeBytes;
    }
  }
  return { ferry, allBytes, distinctBytes };
}

describe('an export of a chat with reposts', () => {
  it('fetches each content once, though each has many ids, and counts what that saved', async () => {
    const { ferry, allBytes, distinctBytes } = repostHeavy();
    await using trip = await SimulatedExport.start(ferry.world, CHAT);
    const on = await trip.run({ into: 'on' });
    const off = await trip.run({ into: 'off', env: { DEDUPLICATE_MEDIA: 'false' } });
    await expectWhole(trip.path('on'), ferry);
    await expectWhole(trip.path('off'), ferry);

    expect(on.downloads?.bytes).toBe(distinctBytes);
    // Without it a document of two messages is fetched for each.
    expect(off.downloads?.bytes).toBe(allBytes);
    const { 'remote-id': byId, 'file-hashes': byHashes, content } = on.summary?.metrics.duplicates ?? {};
    expect(byId).toEqual({ count: 1, savedBytes: 30_001 });
    expect(byHashes?.count).toBe(25);
    expect((byId?.savedBytes ?? 0) + (byHashes?.savedBytes ?? 0)).toBe(allBytes - distinctBytes);
    expect(content).toEqual({ count: 0, savedBytes: 0 });
    expect(on.summary?.line).toContain('26 not fetched again');
    expect(off.summary?.metrics.duplicates['remote-id'].count).toBe(0);
    expect(off.summary?.line).not.toContain('not fetched again');
  });

  it('fetches what only begins like a stored file', async () => {
    const ferry = new FerryWorld({ textCount: 0, hasForeign: false });
    const whole = Buffer.from(patternedFile(77n, 400_000).read(0, 400_000));
    const other = Buffer.from(whole);
    other[399_999] = (other[399_999] ?? 0) ^ 1;
    for (const bytes of [whole, other]) {
      const file = {
        sizeBytes: bytes.length,
        read: (offset: number, limit: number) => bytes.subarray(offset, offset + limit),
      };
      ferry.postDocument(file, { name: 'nearly.bin' });
    }
    await using trip = await SimulatedExport.start(ferry.world, CHAT);
    await trip.run();
    await expectWhole(trip.path(), ferry);
  });

  it('fetches the file where the server gives no hashes, or refuses them, and stores it once', async () => {
    const { ferry, distinctBytes } = repostHeavy();
    await using trip = await SimulatedExport.start(ferry.world, CHAT);
    const emptyVector = Buffer.from('15c4b51c00000000', 'hex');
    const answers = [{ answer: { _: '#raw', bytes: emptyVector } }, { error: 'METHOD_INVALID', code: 400 }] as const;
    for (const [index, answer] of answers.entries()) {
      const into = `without-${index}`;
      const fault: Fault = ({ method }) => (method === 'upload.getFileHashes' ? answer : undefined);
      const end = await trip.run({ into, network: { fault } });
      expect(end.exitCode, into).toBe(0);
      await expectWhole(trip.path(into), ferry);
      expect(end.summary?.metrics.duplicates['file-hashes'].count, into).toBe(0);
      expect(end.summary?.metrics.duplicates.content.count, into).toBe(25);
      expect(end.downloads?.bytes, into).toBeGreaterThan(distinctBytes);
    }
  });

  it('fetches again what was changed on disk, whatever the server says of it', async () => {
    const ferry = new FerryWorld({ textCount: 0, hasForeign: false });
    ferry.postDocument(patternedFile(90n, 90_000), { name: 'first.bin' });
    await using trip = await SimulatedExport.start(ferry.world, CHAT);
    await trip.run();
    const { records, folder } = await readArchive(trip.path());
    const last = records.at(-1)?.media[0];
    const path = last?.state === 'stored' ? join(folder, last.file.path) : '';
    await writeFile(path, Buffer.alloc(90_000, 1));
    ferry.postDocument(patternedFile(90n, 90_000), { name: 'second.bin' });
    const asked: bigint[] = [];
    const fault = onParts(({ id }) => {
      asked.push(id);
      return undefined;
    });
    expect((await trip.run({ network: { fault } })).exitCode).toBe(0);
    expect(asked).toHaveLength(1);
  });
});
