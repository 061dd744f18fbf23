import { describe, expect, it } from 'vitest';

import { expectWhole } from '../e2e/archive-check.js';
import { FERRY_USERNAME, FerryWorld } from '../e2e/ferry-world.js';
import { SimulatedExport } from '../e2e/simulated-export.js';

describe('an export', () => {
  it('brings home', async () => {
    const ferry = new FerryWorld();
    await using trip = await SimulatedExport.start(ferry.world, `@${FERRY_USERNAME}`);
    const t = performance.now();
    const end = await trip.run();
    console.log(performance.now() - t, end.exitCode, end.error, end.partRequests, end.summary?.line);
    for (const into of ['b','c','d']) { const t2 = performance.now(); await trip.run({ into }); console.log(performance.now() - t2); }
    const t3 = performance.now(); await expectWhole(trip.path(), ferry); console.log('check', performance.now()-t3);
    const t4 = performance.now(); const x=await trip.run(); console.log('rerun', performance.now() - t4,x.partRequests);
  });
});
