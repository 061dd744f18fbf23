import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Fault } from '../../src/simulator/server/network.js';
import type { TlObject } from '../../src/simulator/tl/tl-object.js';
import { comparable, expectFilesOfRecords, expectWhole, readArchive, treeOf } from '../e2e/archive-check.js';
import { FERRY_USERNAME, FerryWorld } from '../e2e/ferry-world.js';
import { onParts } from '../e2e/part-fault.js';
import { SimulatedExport } from '../e2e/simulated-export.js';

const CHAT = `@${FERRY_USERNAME}`;
const FEW = { textCount: 8, hasForeign: false } as const;

describe('an export with another choice of media than the one before', () => {
  const ferry = new FerryWorld(FEW);
  let trip: SimulatedExport;
  beforeAll(async () => {
    trip = await SimulatedExport.start(ferry.world, CHAT);
    await trip.run({ into: 'all' });
  });
  afterAll(() => trip[Symbol.asyncDispose]());

  it('fetches what was left out and is wanted now, and ends as if it had been wanted from the start', async () => {
    const few = { MEDIA_KINDS: 'photo,video', MAX_MEDIA_SIZE_MB: '1' };
    expect((await trip.run({ into: 'wider', env: few })).exitCode).toBe(0);
    expect((await readArchive(trip.path('wider'))).records.flatMap(({ media }) => media)).toContainEqual(
      expect.objectContaining({ state: 'skipped' }),
    );

    const end = await trip.run({ into: 'wider' });
    expect(end).toMatchObject({ exitCode: 0, summary: { chats: [{ newMessageCount: 0, missing: [] }] } });
    await expectWhole(trip.path('wider'), ferry);
    expect(await treeOf(trip.path('wider'))).toEqual(await treeOf(trip.path('all')));
    expect(comparable(await readArchive(trip.path('wider')))).toEqual(comparable(await readArchive(trip.path('all'))));
  });

  it('asks for nothing that is still left out', async () => {
    const few = { MEDIA_KINDS: 'photo' };
    await trip.run({ into: 'same', env: few });
    const askedBefore = trip.simulator.calls.get('channels.getMessages') ?? 0;
    expect(await trip.run({ into: 'same', env: few })).toMatchObject({ exitCode: 0, partRequests: 0 });
    expect(trip.simulator.calls.get('channels.getMessages') ?? 0).toBe(askedBefore);
  });

  it('keeps what it has of a message whose other medium is tried again', async () => {
    const fault: Fault = ({ method, params }) =>
      method === 'upload.getFile' && (params['location'] as TlObject)['thumb_size'] === 'm'
        ? { error: 'LOCATION_INVALID' }
        : undefined;
    expect((await trip.run({ into: 'narrower', network: { fault } })).exitCode).toBe(4);
    const end = await trip.run({ into: 'narrower', env: { MEDIA_KINDS: 'thumbnail' } });
    expect(end).toMatchObject({ exitCode: 0, partRequests: 1 });
    await expectWhole(trip.path('narrower'), ferry);
  });
});

describe('a medium whose message is gone when it is tried again', () => {
  it('is listed as what Telegram does not hand out, and not asked for any more', async () => {
    const ferry = new FerryWorld(FEW);
    await using trip = await SimulatedExport.start(ferry.world, CHAT);
    const fault = onParts(({ id }) => (id === ferry.documentId(ferry.loneId) ? { error: 'TIMEOUT' } : undefined));
    expect((await trip.run({ network: { fault } })).exitCode).toBe(4);
    const before = (await readArchive(trip.path())).missing;
    expect(before).toMatchObject([{ messageId: ferry.loneId, code: 'REMOTE_ERROR' }]);

    ferry.world.delete(ferry.peer, [ferry.loneId]);
    for (const run of ['second', 'third']) {
      const askedBefore = trip.simulator.calls.get('channels.getMessages') ?? 0;
      const end = await trip.run();
      expect(end, run).toMatchObject({ exitCode: 0, partRequests: 0 });
      const askedCount = (trip.simulator.calls.get('channels.getMessages') ?? 0) - askedBefore;
      expect(askedCount, run).toBe(run === 'second' ? 1 : 0);
      const { missing, records, folder } = await readArchive(trip.path());
      const gone = { messageId: ferry.loneId, code: 'MEDIA_UNAVAILABLE' };
      expect(missing).toMatchObject([gone]);
      expect(missing[0]?.reason).toMatch(/was deleted before its document/);
      expect(records.map(({ message }) => message.id)).toEqual(ferry.messageIds);
      await expectFilesOfRecords(folder, records);
      const report = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as Record<string, unknown>;
      expect(report['missing']).toMatchObject([{ ...gone, triedAgain: false }]);
    }
  });

  it('is listed also when it was left out before', async () => {
    const ferry = new FerryWorld(FEW);
    await using trip = await SimulatedExport.start(ferry.world, CHAT);
    expect((await trip.run({ env: { MEDIA_KINDS: 'photo' } })).exitCode).toBe(0);
    ferry.world.delete(ferry.peer, [ferry.loneId]);
    for (const exitCode of [4, 0, 0]) {
      const end = await trip.run();
      expect(end.exitCode).toBe(exitCode);
      if (exitCode === 0) expect(end.partRequests).toBe(0);
      const { missing } = await readArchive(trip.path());
      expect(missing).toMatchObject([{ messageId: ferry.loneId, code: 'MEDIA_UNAVAILABLE' }]);
    }
  });
});
