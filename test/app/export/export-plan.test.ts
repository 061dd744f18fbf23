import { availableParallelism } from 'node:os';

import { describe, expect, it } from 'vitest';

import { planExport } from '../../../src/app/export/export-plan.js';
import { planSource } from '../../../src/app/export/source-plan.js';
import { loadSettings } from '../../../src/config/load-settings.js';
import type { Settings } from '../../../src/config/settings.js';
import { processorConfiguration } from '../../../src/pipeline/processor/create-processor.js';
import { checkConfiguration } from '../../../src/pipeline/processor/processor-configuration.js';

function settingsOf(env: Readonly<Record<string, string>> = {}): Settings {
  return loadSettings({ cwd: '/', homeDirectory: '/', env: { TIME_ZONE: 'UTC', ...env } }).settings;
}

async function planOf(env?: Readonly<Record<string, string>>): Promise<ReturnType<typeof planExport>> {
  const settings = settingsOf(env);
  return planExport(settings, await processorConfiguration(settings));
}

describe('the plan of an export', () => {
  it('leaves nothing to be worked out of the defaults', async () => {
    const plan = await planOf();
    expect(plan).toMatchObject({
      mode: 'window',
      deduplicates: true,
      hashTimeoutMs: 5000,
      describing: { transcode: undefined, replacesOriginals: false, stripMetadata: false },
      timeZone: 'UTC',
    });
    expect(plan.selection).not.toHaveProperty('maxSizeBytes');
    expect(await processorConfiguration(settingsOf())).toMatchObject({
      maxConcurrent: Math.min(16, Math.max(8, availableParallelism() * 4)),
      windowSize: 500,
      checkMemoryInterval: 500,
      enableParallel: true,
    });
    expect((await processorConfiguration(settingsOf())).memoryLimitMb).toBeGreaterThan(0);
  });

  it('takes 0 for the cores, for no limit, and for what Telegram asks for', async () => {
    const zeros = { MAX_WORKERS: '0', MAX_MEDIA_SIZE_MB: '0', MAX_PARALLEL_MEDIA: '0' };
    const plan = await planOf(zeros);
    expect(plan.describing?.workerCount).toBe(availableParallelism());
    expect(plan.selection.maxSizeBytes).toBeUndefined();
    expect(planSource(settingsOf(zeros))).toEqual({ maxFiles: undefined, splitsFiles: true });
    expect(planSource(settingsOf({ MAX_PARALLEL_MEDIA: '3' }))).toEqual({ maxFiles: 3, splitsFiles: true });
    expect((await planOf({ MAX_MEDIA_SIZE_MB: '2' })).selection.maxSizeBytes).toBe(2 * 1024 * 1024);
  });

  it.each([
    [{}, 'window', true],
    [{ PARALLEL_MEDIA_MODE: 'batch' }, 'batch', false],
    [{ PARALLEL_MEDIA_MODE: 'sequential' }, 'sequential', false],
    [{ PARALLEL_MEDIA_PROCESSING: 'false' }, 'sequential', false],
  ])('decides for all rooms alike with %j: %s', async (env, mode, splitsFiles) => {
    expect((await planOf(env)).mode).toBe(mode);
    expect(planSource(settingsOf(env)).splitsFiles).toBe(splitsFiles);
    const { enableParallel, windowSize } = await processorConfiguration(settingsOf(env));
    expect([enableParallel, windowSize > 1]).toEqual([mode !== 'sequential', mode !== 'sequential']);
  });

  it('is sequential with a processor that is, and refuses one that is not where the settings ask for it', () => {
    const one = checkConfiguration({ memoryLimitMb: 1, enableParallel: false });
    expect(planExport(settingsOf(), one).mode).toBe('sequential');
    const several = checkConfiguration({ memoryLimitMb: 1, maxConcurrent: 3 });
    const sequential = settingsOf({ PARALLEL_MEDIA_MODE: 'sequential' });
    expect(() => planExport(sequential, several)).toThrow('3 jobs at once');
  });

  it('makes no copies and replaces nothing unless it is asked to', async () => {
    expect((await planOf({ MEDIA_DERIVATIVES: 'false' })).describing).toBeUndefined();
    const replacing = { MEDIA_TRANSCODE: 'small', MEDIA_TRANSCODE_ORIGINALS: 'replace' };
    expect((await planOf(replacing)).describing).toMatchObject({ transcode: 'small', replacesOriginals: true });
  });

  it('cannot be changed', async () => {
    const plan = await planOf();
    for (const part of [plan, plan.selection, plan.describing, planSource(settingsOf())]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });
});
