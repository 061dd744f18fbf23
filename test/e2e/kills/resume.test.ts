import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ChatferryError } from '../../../src/errors/chatferry-error.js';
import { SeededRandom } from '../../../src/simulator/world/seeded-random.js';
import { comparable, expectWhole, readArchive, treeOf } from '../archive-check.js';
import { FERRY_USERNAME, FerryWorld } from '../ferry-world.js';
import { onParts } from '../part-fault.js';
import { type RunEnd, SimulatedExport } from '../simulated-export.js';

const ferry = new FerryWorld({ textCount: 110, photoEvery: 6, hasForeign: false });
let trip: SimulatedExport;
let partCount = 0;

beforeAll(async () => {
  trip = await SimulatedExport.start(ferry.world, `@${FERRY_USERNAME}`);
  partCount = (await trip.run({ into: 'uninterrupted' })).partRequests;
});
afterAll(() => trip[Symbol.asyncDispose]());

/** Exports until the server is asked for the nth part, and is interrupted at that moment. */
async function interruptAt(nth: number, into: string, env: Record<string, string> = {}): Promise<RunEnd> {
  const controller = new AbortController();
  const fault = onParts(({ number }) => {
    if (number === nth) controller.abort(new ChatferryError('INTERRUPTED', 'Interrupted.'));
    return undefined;
  });
  return trip.run({ into, env, network: { fault }, signal: controller.signal });
}

async function expectEqualToUninterrupted(into: string): Promise<void> {
  await expectWhole(trip.path(into), ferry);
  expect(await treeOf(trip.path(into))).toEqual(await treeOf(trip.path('uninterrupted')));
  const content = await readArchive(trip.path(into));
  expect(comparable(content)).toEqual(comparable(await readArchive(trip.path('uninterrupted'))));
}

describe('an export that is interrupted', () => {
  const moments = [1, 2, 3, 5, 9, 14, 20, 26];
  it.each(moments)('at part %i and run again ends in the same bytes as one that was not', async (nth) => {
    const into = `at-${nth}`;
    const end = await interruptAt(nth, into);
    expect(end).toMatchObject({ exitCode: 6, error: { code: 'INTERRUPTED' } });
    const { records, cursor, missing } = await readArchive(trip.path(into));
    expect(records.map(({ message }) => message.id)).toEqual(ferry.messageIds.slice(0, records.length));
    expect(cursor).toBe(records.at(-1)?.message.id);
    expect(missing).toEqual([]);

    const next = await trip.run({ into });
    expect(next).toMatchObject({ exitCode: 0, error: undefined });
    expect(next.summary?.chats[0]?.newMessageCount).toBe(ferry.messageIds.length - records.length);
    await expectEqualToUninterrupted(into);
  });

  it.each(['sequential', 'batch'])('in %s mode, again and again, ends in the same bytes', async (mode) => {
    const random = new SeededRandom(mode.length);
    const env = { PARALLEL_MEDIA_MODE: mode };
    let interruptionCount = 0;
    for (;;) {
      // Far enough that each run finishes something.
      const end = await interruptAt(random.int(partCount >> 2, partCount >> 1), mode, env);
      if (end.exitCode === 0) break;
      expect(end.exitCode).toBe(6);
      interruptionCount += 1;
      expect(interruptionCount).toBeLessThan(30);
    }
    expect(interruptionCount).toBeGreaterThan(0);
    await expectEqualToUninterrupted(mode);
  });

  it('before its first page leaves nothing that the next run minds', async () => {
    const controller = new AbortController();
    controller.abort(new ChatferryError('INTERRUPTED', 'Interrupted.'));
    expect((await trip.run({ into: 'at-once', signal: controller.signal })).exitCode).toBe(6);
    expect((await trip.run({ into: 'at-once' })).exitCode).toBe(0);
    await expectEqualToUninterrupted('at-once');
  });

  it('by a kill, in the middle of a file that nobody wants any more, leaves no trace of it in the end', async () => {
    await interruptAt(9, 'half');
    const { folder } = await readArchive(trip.path('half'));
    await mkdir(join(folder, '.partial'), { recursive: true });
    await writeFile(join(folder, '.partial', '424242_1'), 'half of a file of a message that was deleted');
    await writeFile(join(folder, '.partial', '424242_1.link'), 'and of its twin');
    expect((await trip.run({ into: 'half' })).exitCode).toBe(0);
    await expectEqualToUninterrupted('half');
  });

  it('while it tries missing media again ends in the same bytes', async () => {
    const wanted = [ferry.largeId, ferry.loneId].map((id) => ferry.documentId(id));
    const fault = onParts(({ id }) => (wanted.includes(id) ? { error: 'LOCATION_INVALID' } : undefined));
    expect((await trip.run({ into: 'second-try', network: { fault } })).exitCode).toBe(4);
    expect((await interruptAt(2, 'second-try')).exitCode).toBe(6);
    expect((await readArchive(trip.path('second-try'))).missing.length).toBeGreaterThan(0);
    expect((await trip.run({ into: 'second-try' })).exitCode).toBe(0);
    await expectEqualToUninterrupted('second-try');
  });
});
