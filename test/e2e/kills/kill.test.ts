import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Fault } from '../../../src/simulator/server/network.js';
import { expectWhole, readArchive, treeOf } from '../archive-check.js';
import { FERRY_USERNAME, FerryWorld } from '../ferry-world.js';
import { killOverAndOver, startExport } from './killed-export.js';
import { SimulatedExport } from '../simulated-export.js';

const ferry = new FerryWorld({ textCount: 110, photoEvery: 8, hasForeign: false });
let trip: SimulatedExport;

beforeAll(async () => {
  trip = await SimulatedExport.start(ferry.world, `@${FERRY_USERNAME}`);
  await trip.run({ into: 'uninterrupted' });
});
afterAll(() => trip[Symbol.asyncDispose]());

describe('the program, killed as kill -9 does at random moments and run again,', () => {
  it('loses nothing that it acknowledged, and ends in the same bytes', async () => {
    const report = await killOverAndOver({ ferry, trip, killCount: 8, seed: 20 });
    expect(report.killCount).toBe(8);
    expect(report.callCount).toBeGreaterThan(100);
  });
});

// Windows has no signals for other processes: there `kill` ends them at once.
describe.skipIf(process.platform === 'win32')('the program, told to stop in mid-run,', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'by %s ends in order within 2 seconds and says how to go on',
    async (signal) => {
      let stop = (): void => undefined;
      const told = new Promise<void>((resolve) => {
        stop = resolve;
      });
      let parts = 0;
      // From the 8th part on nothing is answered any more: it must not wait for the network.
      const fault: Fault = ({ method }) => {
        if (method === 'upload.getFile') parts += 1;
        if (parts < 8) return undefined;
        stop();
        return 'silent';
      };
      trip.simulator.setNetwork({ fault });
      const { child, end } = await startExport(trip, signal);
      await Promise.race([told, end]);
      const startMs = performance.now();
      child.kill(signal);
      const { code, stderr } = await end;
      expect(code).toBe(6);
      expect(performance.now() - startMs).toBeLessThan(2000);
      expect(stderr).toContain(`${signal}: ending cleanly`);
      expect(stderr).toContain('the same command continues where this one stopped');

      expect((await readArchive(trip.path(signal))).missing).toEqual([]);
      expect((await trip.run({ into: signal })).exitCode).toBe(0);
      await expectWhole(trip.path(signal), ferry);
      expect(await treeOf(trip.path(signal))).toEqual(await treeOf(trip.path('uninterrupted')));
    },
  );
});
