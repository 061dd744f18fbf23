import { availableParallelism } from 'node:os';

import { describe, expect, it } from 'vitest';

import { memoryLimit } from '../../../src/memory/memory-limit.js';
import {
  createProcessor,
  exportMode,
  processorConfiguration,
  type ProcessorSettings,
} from '../../../src/pipeline/processor/create-processor.js';
import { ErrorRate } from '../../../src/pipeline/processor/error-rate.js';
import {
  automaticConcurrency,
  checkConfiguration,
  type ProcessorConfiguration,
} from '../../../src/pipeline/processor/processor-configuration.js';

const SETTINGS: ProcessorSettings = {
  maxParallelMedia: 6,
  parallelMediaProcessing: true,
  parallelMediaMode: 'window',
  parallelMediaMemoryLimitMb: 300,
  parallelMediaCheckIntervalMs: 250,
  parallelMediaWindow: 40,
};

describe('the processor that the settings ask for', () => {
  it('has what they say', async () => {
    expect(await processorConfiguration(SETTINGS)).toEqual({
      maxConcurrent: 6,
      enableParallel: true,
      memoryLimitMb: 300,
      checkMemoryInterval: 250,
      windowSize: 40,
      workload: 'download',
    });
    const processor = await createProcessor({ ...SETTINGS, parallelMediaMode: 'batch' });
    expect([processor.permitLimit, processor.configuration.windowSize]).toEqual([6, 40]);
  });

  it.each([{ parallelMediaProcessing: false }, { parallelMediaMode: 'sequential' as const }])(
    'takes one message at a time where they say %j',
    async (more) => {
      const settings = { ...SETTINGS, ...more };
      expect(exportMode(settings)).toBe('sequential');
      expect(await processorConfiguration(settings)).toMatchObject({ enableParallel: false, windowSize: 1 });
      expect((await createProcessor(settings)).permitLimit).toBe(1);
    },
  );

  it('may use three quarters of the memory where they set no limit', async () => {
    const { memoryLimitMb } = await processorConfiguration({ ...SETTINGS, parallelMediaMemoryLimitMb: 0 });
    expect(memoryLimitMb).toBe(((await memoryLimit()).bytes * 0.75) / 1024 / 1024);
    expect(await processorConfiguration({ ...SETTINGS, parallelMediaMemoryLimitMb: 1 })).toMatchObject({
      memoryLimitMb: 1,
    });
  });

  it('has the mode that they name where parallel work is on', () => {
    expect(exportMode({ ...SETTINGS, parallelMediaMode: 'batch' })).toBe('batch');
  });
});

describe('the configuration of a processor', () => {
  it('has defaults for all but the memory', () => {
    expect(checkConfiguration({ memoryLimitMb: 10 })).toEqual({
      maxConcurrent: automaticConcurrency('download'),
      enableParallel: true,
      memoryLimitMb: 10,
      checkMemoryInterval: 500,
      windowSize: 500,
      workload: 'download',
    });
    expect(checkConfiguration({ memoryLimitMb: 10, workload: 'processing' }).maxConcurrent).toBe(
      Math.max(1, Math.floor(availableParallelism() / 2)),
    );
  });

  it.each<Partial<ProcessorConfiguration>>([{ maxConcurrent: 64 }, { maxConcurrent: 1 }, { windowSize: 1 }])(
    'may be %j',
    (part) => {
      expect(checkConfiguration({ memoryLimitMb: 10, ...part })).toMatchObject(part);
    },
  );

  it.each<Partial<ProcessorConfiguration>>([
    { maxConcurrent: Number.NaN },
    { memoryLimitMb: Number.NaN },
    { memoryLimitMb: -1 },
    { checkMemoryInterval: -1 },
    { checkMemoryInterval: Number.NaN },
    { windowSize: 1.5 },
    { windowSize: -1 },
  ])('may not be %j', (part) => {
    const [field = '', value] = Object.entries(part)[0] ?? [];
    expect(() => checkConfiguration({ memoryLimitMb: 10, ...part })).toThrow(
      new RegExp(`^${field} must be .*, got ${String(value)}\\.$`),
    );
  });

  it.each([
    ['processing', 2, 1],
    ['processing', 5, 2],
    ['download', 2, 8],
    ['download', 4, 16],
  ] as const)('for %s on %d cores is %d jobs at once', (workload, cores, expected) => {
    expect(automaticConcurrency(workload, cores)).toBe(expected);
  });
});

describe('the error rate', () => {
  it('trips at the third failure, however few jobs there were, and stays so until 50 in a row succeed', () => {
    const rate = new ErrorRate();
    expect(rate.ratio).toBe(0);
    expect([true, true, true, true].map((failed) => rate.record(failed))).toEqual([false, false, true, false]);
    expect([rate.tripped, rate.ratio]).toEqual([true, 1]);
    for (let job = 0; job < 49; job += 1) expect(rate.record(false)).toBe(false);
    expect([rate.tripped, rate.ratio]).toEqual([true, 1 / 50]);
    expect(rate.record(false)).toBe(true);
    expect([rate.tripped, rate.ratio]).toEqual([false, 0]);
  });

  it('does not count what lies behind the last 50, and one failure among them keeps it tripped', () => {
    const rate = new ErrorRate();
    rate.record(true);
    rate.record(true);
    for (let job = 0; job < 49; job += 1) rate.record(false);
    expect(rate.record(true)).toBe(false); // The first two are forgotten.
    for (let job = 0; job < 2; job += 1) rate.record(true);
    expect(rate.tripped).toBe(true);
    for (let job = 0; job < 49; job += 1) rate.record(false);
    expect([rate.tripped, rate.ratio]).toEqual([true, 1 / 50]);
  });

  it('is not tripped by less than 50 successes, and forgets all when it is reset', () => {
    const rate = new ErrorRate();
    expect([rate.record(false), rate.tripped]).toEqual([false, false]);
    for (let job = 0; job < 3; job += 1) rate.record(true);
    rate.reset();
    expect([rate.tripped, rate.ratio]).toEqual([false, 0]);
    expect([rate.record(true), rate.record(true), rate.tripped]).toEqual([false, false, false]);
  });
});
