import { expect, it } from 'vitest';

import { FERRY_USERNAME, FerryWorld } from '../e2e/ferry-world.js';
import { killOverAndOver } from '../e2e/kills/killed-export.js';
import { SimulatedExport } from '../e2e/simulated-export.js';

it('the program, killed a hundred times at random moments, loses nothing and ends in the same bytes', async () => {
  const ferry = new FerryWorld({ textCount: 140, photoEvery: 5 });
  await using trip = await SimulatedExport.start(ferry.world, `@${FERRY_USERNAME}`);
  await trip.run({ into: 'uninterrupted' });
  const seed = Number(process.env['CAMPAIGN_SEED'] ?? Date.now() % 1_000_000);
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  say(`seed ${seed} (CAMPAIGN_SEED repeats it)`);
  const report = await killOverAndOver({ ferry, trip, killCount: 100, seed, onRun: say });
  say(`${report.killCount} kills, ${report.completedCount} exports equal to one that was never killed`);
  say(`${report.againCount} parts were served twice: at most one a kill and open file`);
  expect(report.killCount).toBe(100);
});
