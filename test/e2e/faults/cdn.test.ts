import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import type { Fault, FaultRequest } from '../../../src/simulator/server/network.js';
import { comparable, expectWhole, readArchive, treeOf } from '../archive-check.js';
import { FERRY_USERNAME, FerryWorld } from '../ferry-world.js';
import { startExport } from '../kills/killed-export.js';
import { SimulatedExport } from '../simulated-export.js';

const CDN_DC = 203;
const ferry = new FerryWorld({ textCount: 60, photoEvery: 6, cdnDcId: CDN_DC });
let trip: SimulatedExport;

beforeAll(async () => {
  trip = await SimulatedExport.start(ferry.world, `@${FERRY_USERNAME}`, { cdnDcIds: [CDN_DC] });
  expect(await trip.run({ into: 'uninterrupted' })).toMatchObject({ exitCode: 0, error: undefined });
});
afterAll(() => trip[Symbol.asyncDispose]());
beforeEach(() => {
  trip.simulator.expireCdnTokens(); // What an earlier run had brought there is there no more.
});

/** Applies a fault to the requests that reach the CDN. */
function atCdn(fault: (request: FaultRequest, nth: number) => ReturnType<Fault>): Fault {
  let nth = 0;
  return (request) => {
    if (request.dcId !== CDN_DC) return undefined;
    nth += 1;
    return fault(request, nth);
  };
}

async function expectEqualToUninterrupted(into: string): Promise<void> {
  await expectWhole(trip.path(into), ferry);
  expect(await treeOf(trip.path(into))).toEqual(await treeOf(trip.path('uninterrupted')));
  const content = await readArchive(trip.path(into));
  expect(comparable(content)).toEqual(comparable(await readArchive(trip.path('uninterrupted'))));
}

describe('an export of a chat whose files are at a CDN', () => {
  it('has every file, from there', async () => {
    const before = trip.simulator.calls.get('upload.getCdnFile') ?? 0;
    const content = await expectWhole(trip.path('uninterrupted'), ferry);
    expect(before).toBeGreaterThan(content.records.filter(({ media }) => media.length > 0).length);
    expect(trip.simulator.unserved.size).toBe(0);
  });

  it('has every file without a CDN that cannot be reached', async () => {
    const fault = atCdn(() => 'drop');
    expect(await trip.run({ into: 'dropped', network: { fault } })).toMatchObject({ exitCode: 0, error: undefined });
    await expectEqualToUninterrupted('dropped');
  });

  it('has every right byte though the CDN sends many that are wrong', async () => {
    const wrong = (limit: unknown): ReturnType<Fault> => ({
      answer: { _: 'upload.cdnFile', bytes: Buffer.alloc(limit as number, 7) },
    });
    const fault = atCdn(({ params }, nth) => (nth % 3 === 0 ? wrong(params['limit']) : undefined));
    expect(await trip.run({ into: 'wrong', network: { fault } })).toMatchObject({ exitCode: 0, error: undefined });
    await expectEqualToUninterrupted('wrong');
  });

  it('has every file though tokens expire and the CDN forgets what it has, again and again', async () => {
    const fault = atCdn((_, nth) => {
      if (nth % 7 === 0) trip.simulator.expireCdnTokens();
      if (nth % 5 === 0) trip.simulator.evictCdnFiles();
      return undefined;
    });
    expect(await trip.run({ into: 'forgetful', network: { fault } })).toMatchObject({ exitCode: 0, error: undefined });
    await expectEqualToUninterrupted('forgetful');
  });
});

describe('the program, killed as kill -9 does while it fetches from a CDN, and run again,', () => {
  it.each([3, 9, 14])('at part %i ends in the same bytes, and asks for hardly a part again', async (moment) => {
    const into = `killed-${moment}`;
    const served = new Map<string, number>();
    const count = ({ params }: FaultRequest): void => {
      const key = `${(params['file_token'] as Buffer).toString('hex')} ${Number(params['offset'])}`;
      served.set(key, (served.get(key) ?? 0) + 1);
    };
    const first = await startExport(trip, into);
    const fault = atCdn((request, nth) => {
      if (nth === moment) first.child.kill('SIGKILL');
      count(request);
      return nth < moment ? undefined : 'silent';
    });
    trip.simulator.setNetwork({ fault });
    await first.end;
    expect(first.child.signalCode).toBe('SIGKILL');
    await trip.expectNoConnections();
    const before = new Map(served);

    trip.simulator.setNetwork({
      fault: atCdn((request) => {
        count(request);
        return undefined;
      }),
    });
    const second = await startExport(trip, into);
    const { code, stderr } = await second.end;
    trip.simulator.setNetwork({});
    expect(code, stderr).toBe(0);
    await expectEqualToUninterrupted(into);
    // Each open file may have asked in vain once (it is not there yet), and had one part on its way.
    for (const [key, times] of before) expect((served.get(key) ?? 0) - times, key).toBeLessThanOrEqual(2);
  });
});
