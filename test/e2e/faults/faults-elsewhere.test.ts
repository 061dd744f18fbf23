import { describe, expect, it } from 'vitest';

import type { Fault } from '../../../src/simulator/server/network.js';
import { patternedFile } from '../../../src/simulator/world/world-file.js';
import { expectWhole, readArchive } from '../archive-check.js';
import { FERRY_USERNAME, FerryWorld } from '../ferry-world.js';
import { onParts } from '../part-fault.js';
import { SimulatedExport } from '../simulated-export.js';

async function startTrip(ferry: FerryWorld): Promise<SimulatedExport> {
  return SimulatedExport.start(ferry.world, `@${FERRY_USERNAME}`);
}

describe('files on another data centre', () => {
  it('are fetched from there, each part once and with no refusal', async () => {
    const ferry = new FerryWorld({ textCount: 0 });
    await using trip = await startTrip(ferry);
    const dcs: number[] = [];
    const fault = onParts(({ id, dcId }) => {
      if (id === ferry.documentId(ferry.foreignId)) dcs.push(dcId);
      return undefined;
    });
    expect((await trip.run({ network: { fault } })).exitCode).toBe(0);
    expect(dcs).toEqual([4, 4, 4]);
    await expectWhole(trip.path(), ferry);
  });

  it('are followed there when they moved', async () => {
    const ferry = new FerryWorld({ textCount: 0 });
    await using trip = await startTrip(ferry);
    const wanted = ferry.documentId(ferry.loneId);
    const moved = patternedFile(5n, 40_001);
    const fault = onParts(({ id, dcId, offset }) => {
      if (id !== wanted) return undefined;
      if (dcId === 2) return { error: 'FILE_MIGRATE_4' };
      const bytes = moved.read(offset, 524_288);
      return { answer: { _: 'upload.file', type: { _: 'storage.filePartial' }, mtime: 0, bytes } };
    });
    expect((await trip.run({ network: { fault } })).exitCode).toBe(0);
    await expectWhole(trip.path(), ferry);
  });

  it('are given up when each data centre sends to the other', async () => {
    const ferry = new FerryWorld({ textCount: 0 });
    await using trip = await startTrip(ferry);
    const wanted = ferry.documentId(ferry.loneId);
    const fault = onParts(({ id, dcId }) =>
      id === wanted ? { error: `FILE_MIGRATE_${dcId === 2 ? 4 : 2}` } : undefined,
    );
    expect((await trip.run({ network: { fault } })).exitCode).toBe(4);
    const { missing } = await expectWhole(trip.path(), ferry, { missingIds: [ferry.loneId] });
    expect(missing[0]).toMatchObject({ code: 'REMOTE_ERROR' });
    expect(missing[0]?.reason).toMatch(/FILE_MIGRATE/);
  });

  it('are fetched also when that data centre has forgotten the account', async () => {
    const ferry = new FerryWorld({ textCount: 0 });
    await using trip = await startTrip(ferry);
    let introductionCount = 0;
    const fault: Fault = ({ method, dcId }) => {
      if (method === 'auth.importAuthorization') introductionCount += 1;
      const isForgotten = method === 'upload.getFile' && dcId === 4 && introductionCount < 2;
      return isForgotten ? { error: 'AUTH_KEY_UNREGISTERED' } : undefined;
    };
    expect((await trip.run({ network: { fault } })).exitCode).toBe(0);
    expect(introductionCount).toBe(2); // Once more for all the parts that were refused together.
    await expectWhole(trip.path(), ferry);
  });
});

describe('a history that changes under the export', () => {
  it('lists the medium of a message that was deleted before its file came: once as missing, then as not handed out', async () => {
    const ferry = new FerryWorld({ textCount: 0 });
    await using trip = await startTrip(ferry);
    const wanted = ferry.documentId(ferry.loneId);
    const fault = onParts(({ id }) => {
      if (id !== wanted) return undefined;
      ferry.world.delete(ferry.peer, [ferry.loneId]);
      return { error: 'FILE_REFERENCE_EXPIRED' };
    });
    expect((await trip.run({ network: { fault } })).exitCode).toBe(4);
    const { missing } = await expectWhole(trip.path(), ferry, { missingIds: [ferry.loneId] });
    expect(missing[0]).toMatchObject({ code: 'MEDIA_UNAVAILABLE' });
    expect(missing[0]?.reason).toMatch(/was deleted before its document/);

    for (const run of ['second', 'third']) {
      const askedBefore = trip.simulator.calls.get('channels.getMessages') ?? 0;
      expect(await trip.run(), run).toMatchObject({ exitCode: 0, partRequests: 0 });
      const [listed, ...others] = (await readArchive(trip.path())).missing;
      expect(others).toEqual([]);
      expect(listed).toMatchObject({ messageId: ferry.loneId, code: 'MEDIA_UNAVAILABLE', reason: missing[0]?.reason });
      expect(listed?.media.unavailableReason).toMatch(/was deleted before its document/);
      const askedCount = (trip.simulator.calls.get('channels.getMessages') ?? 0) - askedBefore;
      expect(askedCount, run).toBe(run === 'second' ? 1 : 0);
    }
  });

  it('has every message that was there all the time, and what arrived, with pages in between', async () => {
    const ferry = new FerryWorld({ textCount: 260, photoEvery: 40, hasForeign: false });
    await using trip = await startTrip(ferry);
    const texts = ferry.messageIds
      .slice(120, 200)
      .filter((id) => !ferry.expected.some(({ messageId }) => messageId === id));
    const goneIds = texts.filter((_, index) => index % 2 === 0);
    const [editedId] = texts.filter((id) => !goneIds.includes(id));
    let pages = 0;
    const fault: Fault = ({ method, params }) => {
      if (method !== 'messages.getHistory' || params['limit'] !== 100) return undefined;
      pages += 1;
      if (pages === 2) {
        for (const id of goneIds) ferry.delete(id);
        ferry.world.edit(ferry.peer, editedId ?? 0, { message: 'Edited meanwhile', edit_date: 1_800_000_000 });
        ferry.postText('Arrived meanwhile');
        ferry.postPhoto(20_000);
      }
      return undefined;
    };
    expect((await trip.run({ network: { fault } })).exitCode).toBe(0);
    expect(goneIds.length).toBeGreaterThan(10);
    const { records } = await expectWhole(trip.path(), ferry);
    expect(records.find(({ message }) => message.id === editedId)?.message.text.text).toBe('Edited meanwhile');
  });

  it('gets over file references that expire again and again', async () => {
    const ferry = new FerryWorld({ textCount: 100, photoEvery: 2, hasForeign: false });
    await using trip = await startTrip(ferry);
    const fault = onParts(({ number }) => {
      if (number % 20 === 0) trip.simulator.expireFileReferences();
      return undefined;
    });
    expect((await trip.run({ network: { fault } })).exitCode).toBe(0);
    await expectWhole(trip.path(), ferry);
  });
});
