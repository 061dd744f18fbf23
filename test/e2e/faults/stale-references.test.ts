import { describe, expect, it } from 'vitest';

import type { ArchiveContent } from '../archive-check.js';
import { expectWhole } from '../archive-check.js';
import { FERRY_USERNAME, FerryWorld } from '../ferry-world.js';
import { onParts } from '../part-fault.js';
import { hurriedClock, type RunEnd, SimulatedExport } from '../simulated-export.js';

/** Files that are more than a part or two of the world: each has a reference that can go stale. */
const ferry = new FerryWorld({ textCount: 200, photoEvery: 2, hasForeign: false });

function refreshCount(trip: SimulatedExport): number {
  return trip.simulator.calls.get('channels.getMessages') ?? 0;
}

function expectNoEmptyFile({ records }: ArchiveContent): void {
  const empty = records.flatMap(({ media }) =>
    media.filter((record) => record.state === 'stored' && record.file.sizeBytes === 0),
  );
  expect(empty.map(({ media }) => media.fileName)).toEqual(['nothing.txt']); // It is empty at Telegram as well.
}

/** Exports the world, with references that go stale when the judge says so. */
async function exportWithStale(isTime: (number: number) => boolean): Promise<{
  readonly end: RunEnd;
  readonly content: ArchiveContent;
  readonly expiryCount: number;
  readonly refreshes: number;
  readonly refusals: number;
}> {
  await using trip = await SimulatedExport.start(ferry.world, `@${FERRY_USERNAME}`);
  let expiryCount = 0;
  const fault = onParts(({ number }) => {
    if (!isTime(number)) return undefined;
    trip.simulator.expireFileReferences();
    expiryCount += 1;
    return undefined;
  });
  const before = refreshCount(trip);
  const end = await trip.run({ network: { fault, latencyMs: 10 } });
  const content = await expectWhole(trip.path(), ferry);
  const again = await trip.run({ into: 'untroubled' });
  return {
    end,
    content,
    expiryCount,
    refreshes: refreshCount(trip) - before,
    refusals: end.partRequests - again.partRequests,
  };
}

describe('an export whose file references go stale', () => {
  it('all at the start, before any file was fetched, gets every file, with few questions', async () => {
    const { end, content, refreshes, refusals } = await exportWithStale((number) => number === 1);
    expect(end).toMatchObject({ exitCode: 0, error: undefined });
    expectNoEmptyFile(content);
    expect(refusals).toBeGreaterThan(10);
    expect(refreshes).toBeGreaterThan(0);
    expect(refreshes).toBeLessThanOrEqual(refusals / 10);
  });

  it('every few seconds gets every file', async () => {
    const clock = hurriedClock();
    let nextMs = clock.nowMs();
    const { end, content, expiryCount } = await exportWithStale(() => {
      if (clock.nowMs() < nextMs) return false;
      nextMs = clock.nowMs() + 5000;
      return true;
    });
    expect(end).toMatchObject({ exitCode: 0, error: undefined });
    expectNoEmptyFile(content);
    expect(expiryCount).toBeGreaterThan(3);
  });

  it.each([12, 7])('with every %ith request for a part gets every file', async (nth) => {
    const { end, content, expiryCount } = await exportWithStale((number) => number % nth === 0);
    expect(end).toMatchObject({ exitCode: 0, error: undefined });
    expectNoEmptyFile(content);
    expect(expiryCount).toBeGreaterThan(10);
  });
});
