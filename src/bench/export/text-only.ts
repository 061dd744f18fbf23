import { join } from 'node:path';

import { Measurements } from '../bench-document.js';
import { startBenchTelegram } from './bench-telegram.js';
import { runExportOnce } from './export-run.js';
import type { Scenario, ScenarioOptions, ScenarioResult } from '../scenario.js';

const MESSAGE_COUNT = 100_000;
const BYTES_PER_MB = 1_000_000;

/** Messages without media at no latency. Measures how fast pages are fetched, converted and written, and the memory. */
export const textOnly: Scenario = {
  name: 'text',
  description: 'messages without media at 0 ms a request, fetched, archived and rendered',
  isDefault: false,
  run: measure,
};

async function measure(options: ScenarioOptions): Promise<ScenarioResult> {
  const { directory, signal, runCount, onRun, messageCount = MESSAGE_COUNT } = options;
  await using telegram = await startBenchTelegram({ world: 'text', messageCount, latencyMs: 0, directory, signal });
  const measurements = new Measurements();
  for (let round = 1; round <= runCount; round += 1) {
    const run = await runExportOnce({
      args: [],
      chat: '@synthetic_chat',
      environment: telegram.environment,
      directory: join(directory, 'archive'),
      signal,
    });
    const rate = run.messageCount / run.wallSeconds;
    measurements.add('window', 'wall', { unit: 's', value: run.wallSeconds });
    measurements.add('window', 'messages', { unit: '1/s', value: rate });
    measurements.add('window', 'cpu', { unit: 's', value: run.cpuSeconds });
    measurements.add('window', 'peak-memory', { unit: 'MB', value: run.peakResidentBytes / BYTES_PER_MB });
    onRun(`${round}/${runCount}: ${rate.toFixed(0)} messages/s`);
  }
  return {
    document: {
      scenario: `${textOnly.name}: ${messageCount} ${textOnly.description}`,
      results: measurements.results(),
      ratios: {},
    },
  };
}
