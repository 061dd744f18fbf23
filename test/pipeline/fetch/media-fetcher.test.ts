import { join } from 'node:path';
import { readFile, stat, writeFile } from 'node:fs/promises';

import { DatabaseSync } from '@photostructure/sqlite';

import { describe, expect, it } from 'vitest';

import type { MessageRecord } from '../../../src/chat/record.js';
import { memoryFile, patternedFile } from '../../../src/simulator/world/world-file.js';
import { expectWhole, readArchive } from '../../e2e/archive-check.js';
import { FERRY_USERNAME, FerryWorld } from '../../e2e/ferry-world.js';
import { onParts } from '../../e2e/part-fault.js';
import { SimulatedExport } from '../../e2e/simulated-export.js';

const CHAT = `@${FERRY_USERNAME}`;

async function startTrip(ferry: FerryWorld): Promise<SimulatedExport> {
  return SimulatedExport.start(ferry.world, CHAT);
}

describe('the media job', () => {
  it('fetches a file once that is asked for by many messages at the same moment', async () => {
    const ferry = new FerryWorld({ textCount: 0 });
    const first = ferry.postDocument(patternedFile(50n, 70_001), { name: 'rota.pdf' });
    for (let copy = 0; copy < 5; copy += 1) ferry.postAgain(first);
    await using trip = await startTrip(ferry);
    let count = 0;
    const fault = onParts(({ id }) => {
      if (id !== ferry.documentId(first)) return undefined;
      count += 1;
      return { delayMs: 30 };
    });
    await trip.run({ network: { fault } });
    expect(count).toBe(1);
    await expectWhole(trip.path(), ferry);
  });

  it('stores equal bytes of different files once, though they arrive at the same moment', async () => {
    const ferry = new FerryWorld({ textCount: 0 });
    for (let copy = 0; copy < 6; copy += 1) ferry.postDocument(patternedFile(51n, 1_001), { name: `copy ${copy}.bin` });
    await using trip = await startTrip(ferry);
    await trip.run({ network: { latencyMs: 20 } });
    const { records, folder } = await expectWhole(trip.path(), ferry);
    const stored = records.slice(-6).map(({ media: [record] }) => (record?.state === 'stored' ? record.file.path : ''));
    const inodes = await Promise.all(stored.map(async (path) => (await stat(join(folder, path))).ino));
    expect(new Set(inodes).size).toBe(1);
  });

  it('tries for itself when the twin it waited for failed', async () => {
    const ferry = new FerryWorld({ textCount: 0 });
    const first = ferry.postDocument(patternedFile(50n, 70_001), { name: 'rota.pdf' });
    ferry.postAgain(first);
    await using trip = await startTrip(ferry);
    const wanted = ferry.documentId(first);
    const fault = onParts(({ id, trial }) =>
      id === wanted && trial === 1 ? { error: 'LOCATION_INVALID' } : undefined,
    );
    const end = await trip.run({ network: { fault } });
    expect(end.exitCode).toBe(4);
    await expectWhole(trip.path(), ferry, { missingIds: [first] });
  });

  it('leaves out the kinds and sizes that were not asked for, and says so without calling them missing', async () => {
    const ferry = new FerryWorld({ textCount: 40 });
    await using trip = await startTrip(ferry);
    const end = await trip.run({ env: { MEDIA_KINDS: 'photo,document', MAX_MEDIA_SIZE_MB: '1' } });
    expect(end).toMatchObject({ exitCode: 0, error: undefined });

    const { records, missing } = await readArchive(trip.path());
    expect(missing).toEqual([]);
    const states = records.flatMap(({ message, media }) =>
      media.map((record) => ({
        id: message.id,
        kind: record.media.kind,
        end: record.state === 'skipped' ? record.reason : record.state,
      })),
    );
    const tooLarge = [ferry.largeId, ferry.foreignId];
    for (const { id, kind, end: ending } of states) {
      const wanted = tooLarge.includes(id)
        ? 'too-large'
        : kind === 'photo' || kind === 'document'
          ? 'stored'
          : 'kind-not-selected';
      expect(ending, `${kind} of message ${id}`).toBe(wanted);
    }
    expect(new Set(states.map(({ end: ending }) => ending)).size).toBe(3);
  });

  it('writes the contact card that a message carries, and asks nobody for it', async () => {
    const ferry = new FerryWorld({ textCount: 0 });
    await using trip = await startTrip(ferry);
    const end = await trip.run({ env: { MEDIA_KINDS: 'contact-card' } });
    expect(end).toMatchObject({ exitCode: 0, partRequests: 0 });
    const { records, folder } = await readArchive(trip.path());
    const cards = records.flatMap(({ media }) => media.filter(({ state }) => state === 'stored'));
    expect(cards).toHaveLength(1);
    const [card] = cards;
    const path = card?.state === 'stored' ? card.file.path : '';
    expect(await readFile(join(folder, path), 'utf8')).toContain('TEL:+4915112345678');
  });

  it('fetches nothing again of what has its name, though a killed run did not come to write the rows', async () => {
    const ferry = new FerryWorld({ textCount: 0 });
    await using trip = await startTrip(ferry);
    await trip.run();
    const { records } = await readArchive(trip.path());
    const placedCount = forgetRows(trip.path(), records);
    expect(placedCount).toBeGreaterThan(5);

    const end = await trip.run();
    expect(end).toMatchObject({ exitCode: 0, partRequests: 0 });
    await expectWhole(trip.path(), ferry);
  });

  it('fetches again what has its name and was changed before its row was written', async () => {
    const ferry = new FerryWorld({ textCount: 0 });
    await using trip = await startTrip(ferry);
    await trip.run();
    const { records, folder } = await readArchive(trip.path());
    forgetRows(trip.path(), records);
    const last = records.find(({ message }) => message.id === ferry.loneId)?.media[0];
    const path = last?.state === 'stored' ? last.file.path : '';
    await writeFile(join(folder, path), Buffer.alloc(40_001));

    expect(await trip.run()).toMatchObject({ exitCode: 0, partRequests: 1 });
    await expectWhole(trip.path(), ferry);
  });

  it('leaves no file behind of a message that was deleted after a run was killed before its row', async () => {
    const ferry = new FerryWorld({ textCount: 0 });
    await using trip = await startTrip(ferry);
    await trip.run();
    forgetRows(trip.path(), (await readArchive(trip.path())).records);
    ferry.delete(ferry.largeId);

    expect(await trip.run()).toMatchObject({ exitCode: 0, partRequests: 0 });
    await expectWhole(trip.path(), ferry);
  });

  it('stores an empty file as it is, once Telegram has sent nothing and says that it has no hashes of it', async () => {
    const ferry = new FerryWorld({ textCount: 0 });
    const emptyId = ferry.postDocument(memoryFile(new Uint8Array(0)), { name: 'empty.log' });
    await using trip = await startTrip(ferry);
    const asked: bigint[] = [];
    const fault = onParts(({ id }) => {
      asked.push(id);
      return undefined;
    });
    await trip.run({ network: { fault } });
    expect(asked.filter((id) => id === ferry.documentId(emptyId))).toHaveLength(1);
    await expectWhole(trip.path(), ferry);
  });

  it('says of a medium that Telegram has no more why it is missing, and asks nobody for it', async () => {
    const ferry = new FerryWorld({ textCount: 0 });
    const goneId = ferry.world.post(ferry.peer, {
      message: 'Burnt',
      media: { _: 'messageMediaPhoto', ttl_seconds: 5 },
    });
    await using trip = await startTrip(ferry);
    const end = await trip.run();
    expect(end.exitCode).toBe(0);
    const missing = end.summary?.chats[0]?.missing;
    expect(missing).toMatchObject([{ messageId: goneId, code: 'MEDIA_UNAVAILABLE', reason: /destroyed itself/ }]);
  });
});

/** Brings an archive back to the moment when all files had their names and no row was written. @returns how many. */
function forgetRows(directory: string, records: readonly MessageRecord[]): number {
  const database = new DatabaseSync(join(directory, 'archive.db'));
  const put = database.prepare('INSERT OR REPLACE INTO placements SELECT ?, folder, ?, ?, ? FROM chats');
  let count = 0;
  for (const record of records.flatMap(({ media }) => media)) {
    if (record.state !== 'stored' || record.media.remoteId === undefined) continue;
    const { path, sizeBytes, sha256 } = record.file;
    put.run(record.media.remoteId, path, sizeBytes, sha256);
    count += 1;
  }
  database.exec('DELETE FROM media; DELETE FROM files; DELETE FROM messages; DELETE FROM chat_accounts');
  database.exec("INSERT INTO message_search (message_search) VALUES ('delete-all')");
  database.close();
  return count;
}
