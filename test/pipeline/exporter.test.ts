import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Archive } from '../../src/archive/archive.js';
import { MediaFiles } from '../../src/archive/files/media-files.js';
import { Exporter } from '../../src/pipeline/exporter.js';
import { ParallelMediaProcessor } from '../../src/pipeline/processor/parallel-media-processor.js';
import type { Fault } from '../../src/simulator/server/network.js';
import { patternedFile } from '../../src/simulator/world/world-file.js';
import { systemClock } from '../../src/source/telegram/wire/monotonic-clock.js';
import { openTelegramSource } from '../../src/source/telegram/telegram-source.js';
import { comparable, expectFilesOfRecords, expectWhole, readArchive, treeOf } from '../e2e/archive-check.js';
import { FERRY_USERNAME, FerryWorld } from '../e2e/ferry-world.js';
import { onParts } from '../e2e/part-fault.js';
import { neverAborted, SimulatedExport } from '../e2e/simulated-export.js';
import { AUTOMATIC } from '../source/telegram/patience.js';

const CHAT = `@${FERRY_USERNAME}`;

describe('an export of a chat that does not change', () => {
  const ferry = new FerryWorld();
  let trip: SimulatedExport;
  beforeAll(async () => {
    trip = await SimulatedExport.start(ferry.world, CHAT);
  });
  afterAll(() => trip[Symbol.asyncDispose]());

  it('brings every message once, in order, with every medium, and the same bytes in every mode', async () => {
    const peaks: Record<string, number> = {};
    for (const mode of ['sequential', 'batch', 'window']) {
      const end = await trip.run({ into: mode, env: { PARALLEL_MEDIA_MODE: mode } });
      expect(end).toMatchObject({ exitCode: 0, error: undefined });
      await expectWhole(trip.path(mode), ferry);
      peaks[mode] = end.summary?.metrics.peakConcurrency ?? 0;
    }
    expect(peaks).toEqual({ sequential: 1, batch: 6, window: 6 });

    const sequential = await treeOf(trip.path('sequential'));
    expect(Object.keys(sequential)).toContain('ferry-crew-channel8001/result.json');
    expect(await treeOf(trip.path('batch'))).toEqual(sequential);
    expect(await treeOf(trip.path('window'))).toEqual(sequential);
    const content = comparable(await readArchive(trip.path('sequential')));
    expect(comparable(await readArchive(trip.path('batch')))).toEqual(content);
    expect(comparable(await readArchive(trip.path('window')))).toEqual(content);
  });

  it('does one medium at a time when parallel work is switched off, whatever the mode', async () => {
    const env = { PARALLEL_MEDIA_PROCESSING: 'false', PARALLEL_MEDIA_MODE: 'window' };
    const end = await trip.run({ into: 'switched-off', env });
    expect(end.summary?.metrics.peakConcurrency).toBe(1);
    await expectWhole(trip.path('switched-off'), ferry);
  });

  it('adds nothing and fetches nothing when it runs again', async () => {
    await trip.run({ into: 'twice' });
    const content = await readArchive(trip.path('twice'));
    const tree = await treeOf(trip.path('twice'));
    const end = await trip.run({ into: 'twice' });

    expect(end).toMatchObject({ exitCode: 0, partRequests: 0 });
    expect(end.summary?.chats[0]).toMatchObject({ newMessageCount: 0, messageCount: ferry.messageIds.length });
    expect(await readArchive(trip.path('twice'))).toEqual(content);
    expect(await treeOf(trip.path('twice'))).toEqual(tree);
  });

  it('fetches a document of two messages once, and stores the same bytes once', async () => {
    const asked: bigint[] = [];
    const fault = onParts(({ id }) => {
      asked.push(id);
      return undefined;
    });
    await trip.run({ into: 'once', network: { fault } });

    const twinId = ferry.documentId(ferry.twinIds[0]);
    expect(asked.filter((id) => id === twinId)).toHaveLength(1);
    const { folder, records } = await readArchive(trip.path('once'));
    const files = records.flatMap(({ media }) =>
      media.flatMap((record) => (record.state === 'stored' ? [record.file] : [])),
    );
    const shared = files.flatMap((file, index) => {
      const earlier = files.slice(0, index).find(({ sha256 }) => sha256 === file.sha256);
      return earlier === undefined ? [] : [[earlier, file] as const];
    });
    expect(shared).toHaveLength(2); // The document of two messages, and the same bytes under two ids.
    for (const [one, other] of shared) {
      expect(one.path).not.toBe(other.path);
      const [oneInfo, otherInfo] = await Promise.all([stat(join(folder, one.path)), stat(join(folder, other.path))]);
      expect(otherInfo.ino).toBe(oneInfo.ino);
    }
  });

  it('lets messages without media past the permits', async () => {
    const end = await trip.run({ into: 'bypass' });
    const mediaMessages = new Set(ferry.expected.map(({ messageId }) => messageId)).size + 1; // And the contact card.
    expect(end.summary?.metrics).toMatchObject({
      jobCount: mediaMessages,
      bypassedCount: ferry.messageIds.length - mediaMessages,
    });
  });

  it('tries media again that failed, and then is complete', async () => {
    const wanted = [ferry.loneId, ferry.largeId].map((id) => ferry.documentId(id));
    const fault = onParts(({ id }) => (wanted.includes(id) ? { error: 'LOCATION_INVALID' } : undefined));
    const first = await trip.run({ into: 'retried', network: { fault } });
    expect(first.exitCode).toBe(4);
    const missingIds = [ferry.largeId, ferry.loneId];
    const { missing } = await expectWhole(trip.path('retried'), ferry, { missingIds });
    expect(missing.map(({ code }) => code)).toEqual(['MEDIA_UNAVAILABLE', 'MEDIA_UNAVAILABLE']);

    const second = await trip.run({ into: 'retried' });
    expect(second).toMatchObject({ exitCode: 0, partRequests: 4 }); // Three parts and one.
    expect(second.summary?.chats[0]).toMatchObject({ newMessageCount: 0, missing: [] });
    await expectWhole(trip.path('retried'), ferry);
    expect(await treeOf(trip.path('retried'))).toEqual(await treeOf(trip.path('bypass')));
  });

  it('stops when the login ends, with all that was finished in the archive, and goes on from there', async () => {
    const end = await trip.run({ into: 'revoked', network: { fault: onNth(17, { error: 'AUTH_KEY_UNREGISTERED' }) } });
    expect(end).toMatchObject({ exitCode: 3, error: { code: 'LOGIN_REQUIRED' } });
    const { records, cursor, missing, folder } = await readArchive(trip.path('revoked'));
    expect(records.length).toBeGreaterThan(5);
    expect(records.map(({ message }) => message.id)).toEqual(ferry.messageIds.slice(0, records.length));
    expect(cursor).toBe(records.at(-1)?.message.id);
    expect(missing).toEqual([]);
    for (const record of records.flatMap(({ media }) => media)) expect(record.state).toBe('stored');
    for (const record of records.flatMap(({ media }) => media)) {
      if (record.state === 'stored')
        expect((await stat(join(folder, record.file.path))).size).toBe(record.file.sizeBytes);
    }

    expect((await trip.run({ into: 'revoked' })).exitCode).toBe(0);
    await expectWhole(trip.path('revoked'), ferry);
  });

  it('stops with the disk error when a folder cannot be made, and goes on when it can', async () => {
    (await Archive.open(trip.path('disk'))).close();
    const folder = join(trip.path('disk'), 'ferry-crew-channel8001', 'media');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'documents'), 'a file where a folder should be');
    const end = await trip.run({ into: 'disk' });
    expect(end).toMatchObject({ exitCode: 1, error: { code: 'FILE_SYSTEM' } });
    expect(String(end.error)).toContain('documents');
    const { records, missing, cursor } = await readArchive(trip.path('disk'));
    expect(records.length).toBeGreaterThan(0);
    expect(cursor).toBe(records.at(-1)?.message.id);
    expect(cursor).toBeLessThan(ferry.largeId);
    expect(missing).toEqual([]);

    await rm(join(folder, 'documents'));
    expect((await trip.run({ into: 'disk' })).exitCode).toBe(0);
    await expectWhole(trip.path('disk'), ferry);
  });

  it('does not wait for the next page when it has to stop', async () => {
    const revoked = onNth(3, { error: 'SESSION_REVOKED' });
    const fault: Fault = (request) => {
      if (request.method === 'messages.getHistory' && request.params['limit'] === 100) {
        return request.params['offset_id'] === 1 ? undefined : { error: 'FLOOD_WAIT_25' };
      }
      return revoked(request);
    };
    const startedMs = performance.now();
    const end = await trip.run({ into: 'at-once', network: { fault }, client: { clock: systemClock } });
    expect(end).toMatchObject({ exitCode: 3, error: { code: 'LOGIN_REQUIRED' } });
    expect(performance.now() - startedMs).toBeLessThan(15_000);
  });

  it.each([
    ['the login ends', { error: 'SESSION_REVOKED' }, 'LOGIN_REQUIRED'],
    ['a flood wait is beyond patience', { error: 'FLOOD_WAIT_999999' }, 'FLOOD_WAIT'],
  ] as const)('gives every permit back when %s', async (_, answer, code) => {
    const processor = new ParallelMediaProcessor({ maxConcurrent: 4, memoryLimitMb: 4096 });
    trip.simulator.setNetwork({ fault: onNth(9, answer) });
    await using source = await openTelegramSource({ ...trip.clientOptions(), ...AUTOMATIC });
    using archive = await Archive.open(trip.path(`permits-${code}`));
    const exporter = new Exporter({
      source,
      archive,
      processor,
      mode: 'window',
      selection: {},
      deduplicates: true,
      hashTimeoutMs: 5000,
      reporter: { event: () => undefined },
      openMediaFiles: (folder) => new MediaFiles({ directory: archive.directory, folder }),
    });
    const chat = await source.resolveChat(CHAT, neverAborted());
    await expect(exporter.export(chat, { signal: neverAborted() })).rejects.toMatchObject({ code });
    expect(processor.permitsHeld).toBe(0);
    expect(processor.metrics().jobCount).toBeGreaterThanOrEqual(8);
    expect(processor.concurrency().inFlight).toBe(0);
  });
});

describe('an export of a chat that changes between two runs', () => {
  it('adds what is new, and fetches only what it does not have', async () => {
    const ferry = new FerryWorld({ textCount: 20 });
    await using trip = await SimulatedExport.start(ferry.world, CHAT);
    await trip.run();

    ferry.postText('What is new');
    const photoId = ferry.postPhoto(50_000);
    ferry.postAgain(ferry.loneId);
    const events: number[] = [];
    const end = await trip.run({
      onEvent: (event) => {
        if (event.type === 'chat-finished') events.push(event.newMessageCount, event.mediaDone, event.bytesDone);
      },
    });
    expect(end).toMatchObject({ exitCode: 0, partRequests: 1 });
    expect(events).toEqual([3, 2, 50_000]);
    const { records } = await expectWhole(trip.path(), ferry);
    expect(records.at(-2)?.message.id).toBe(photoId);
  });

  it('fetches a file again that the user deleted, when a new message wants it', async () => {
    const ferry = new FerryWorld({ textCount: 4 });
    await using trip = await SimulatedExport.start(ferry.world, CHAT);
    await trip.run();
    const { folder, records } = await readArchive(trip.path());
    const record = records.find(({ message }) => message.id === ferry.loneId)?.media[0];
    const path = record?.state === 'stored' ? join(folder, record.file.path) : '';
    await rm(path);

    const againId = ferry.postAgain(ferry.loneId);
    expect(await trip.run()).toMatchObject({ exitCode: 0, partRequests: 1 });
    const { records: after } = await expectWhole(trip.path(), ferry);
    expect(after.at(-1)?.message.id).toBe(againId);
  });

  it.each([
    ['by its id', (ferry: FerryWorld) => ferry.postAgain(ferry.loneId)],
    ['by its bytes', (ferry: FerryWorld) => ferry.postDocument(patternedFile(5n, 40_001), { name: 'again.bin' })],
  ])('does not pass on a file that was changed on disk, when a new message wants it %s', async (_, post) => {
    const ferry = new FerryWorld({ textCount: 4 });
    await using trip = await SimulatedExport.start(ferry.world, CHAT);
    await trip.run();
    const { folder, records } = await readArchive(trip.path());
    const record = records.find(({ message }) => message.id === ferry.loneId)?.media[0];
    const path = record?.state === 'stored' ? join(folder, record.file.path) : '';
    const bytes = await readFile(path);
    bytes[20_000] = (bytes[20_000] ?? 0) ^ 1;
    await writeFile(path, bytes);

    const againId = post(ferry);
    expect(await trip.run()).toMatchObject({ exitCode: 0, partRequests: 1 });
    const after = await readArchive(trip.path());
    expect(after.records.at(-1)?.message.id).toBe(againId);
    await expectFilesOfRecords(folder, after.records.slice(-1), { isWhole: false });
  });

  it('keeps the folder of a chat that was renamed', async () => {
    const ferry = new FerryWorld({ textCount: 4 });
    await using trip = await SimulatedExport.start(ferry.world, CHAT);
    await trip.run();
    ferry.world.changeChat(ferry.peer, { title: 'Another name' });
    ferry.postPhoto(10_000);
    const end = await trip.run();
    expect(end.summary?.chats[0]?.chat.title).toBe('Another name');
    const { folder } = await expectWhole(trip.path(), ferry);
    expect(folder).toBe(join(trip.path(), 'ferry-crew-channel8001'));
  });
});

function onNth(nth: number, answer: { readonly error: string }): Fault {
  return onParts(({ number }) => (number >= nth ? answer : undefined));
}
