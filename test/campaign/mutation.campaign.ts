import { expect, it } from 'vitest';

import { heart } from './mutation/heart.js';
import { holdMutants } from './mutation/hold-mutants.js';
import { ResultStore } from './mutation/result-store.js';

/** Ratio of the mutants that a test must notice. */
const LEAST_NOTICED = 0.85;

/**
 * `CAMPAIGN_FILES` chooses files by a part of their paths, `CAMPAIGN_MUTANTS` how many are drawn of each, by `CAMPAIGN_SEED`.
 * `CAMPAIGN_QUICK=true` leaves out the tests that export from the simulator. Results are kept in `CAMPAIGN_RESULTS`, so that a
 * campaign goes on where it was broken off.
 */
it('mutants of the heart: a test notices at least 85 of a hundred', async () => {
  const seed = Number(process.env['CAMPAIGN_SEED'] ?? 1);
  const most = Number(process.env['CAMPAIGN_MUTANTS'] ?? 1000);
  const store = new ResultStore(process.env['CAMPAIGN_RESULTS'] ?? '.mutation-results.ndjson');
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  const noticed = { count: 0, all: 0 };
  const isQuick = process.env['CAMPAIGN_QUICK'] === 'true';
  for (const room of heart(process.env['CAMPAIGN_FILES'] ?? '', { isQuick })) {
    for (const { file, mutantCount, results } of await holdMutants(room, { most, seed, store })) {
      const kept = results.filter(({ outcome }) => outcome === 'killed' || outcome === 'hung');
      say(`${file}: ${kept.length} of ${results.length} noticed (${mutantCount} there are)`);
      for (const { outcome, place, original, replacement } of results) {
        if (outcome === 'killed') continue;
        say(`  ${outcome} ${file}:${place} ${short(original)} → ${short(replacement)}`);
      }
      noticed.count += kept.length;
      noticed.all += results.length;
    }
  }
  say(`${noticed.count} of ${noticed.all} mutants noticed, seed ${seed}`);
  expect(noticed.all).toBeGreaterThan(0);
  expect(noticed.count / noticed.all).toBeGreaterThanOrEqual(LEAST_NOTICED);
});

function short(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > 70 ? `${line.slice(0, 70)}…` : line;
}
