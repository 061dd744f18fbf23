import { afterEach, describe, expect, it, vi } from 'vitest';

import { MemoryGate, type MemoryReading } from '../../src/memory/memory-gate.js';

function gateReading(values: readonly number[]): { gate: MemoryGate; readings: MemoryReading[] } {
  const readings: MemoryReading[] = [];
  const left = [...values];
  const gate = new MemoryGate({
    checkIntervalMs: 500,
    limitBytes: 100,
    lowWaterBytes: 80,
    readResidentBytes: () => Promise.resolve(left.shift() ?? 0),
    onReading: (reading) => readings.push(reading),
  });
  return { gate, readings };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('MemoryGate', () => {
  it('closes above the limit and opens again only below the low-water mark', async () => {
    const { gate, readings } = gateReading([100, 101, 99, 80, 79, 100]);
    for (let reading = 0; reading < 6; reading += 1) await gate.check();
    expect(readings.map(({ closed }) => closed)).toEqual([false, true, true, true, false, false]);
    expect(readings.map(({ changed }) => changed)).toEqual([false, true, false, false, true, false]);
  });

  it('reads at once when a watch begins', async () => {
    const { gate, readings } = gateReading([101]);
    const watch = await gate.watch();
    watch[Symbol.dispose]();
    expect(gate.closed).toBe(true);
    expect(readings).toEqual([{ residentBytes: 101, limitBytes: 100, closed: true, changed: true }]);
  });

  it('goes on reading until the watch is disposed of', async () => {
    let readCount = 0;
    let third: () => void = () => undefined;
    const thirdReading = new Promise<void>((resolve) => {
      third = resolve;
    });
    const gate = new MemoryGate({
      limitBytes: 100,
      checkIntervalMs: 1,
      readResidentBytes: () => {
        readCount += 1;
        if (readCount === 3) third();
        return Promise.resolve(1);
      },
    });
    const keepAlive = setInterval(() => undefined, 1000);
    const watch = await gate.watch();
    await thirdReading;
    watch[Symbol.dispose]();
    clearInterval(keepAlive);
    expect(readCount).toBeGreaterThanOrEqual(3);
  });

  it('outlives a reading that fails: the judgement stays, and the next reading counts again', async () => {
    const answers = [101, new Error('EMFILE: too many open files'), 79];
    let readCount = 0;
    let open: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const gate = new MemoryGate({
      limitBytes: 100,
      lowWaterBytes: 80,
      checkIntervalMs: 1,
      readResidentBytes: () => {
        const answer = answers[Math.min(readCount, 2)];
        readCount += 1;
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer ?? 0);
      },
      onReading: ({ closed, changed }) => {
        if (changed && !closed) open();
      },
    });
    const keepAlive = setInterval(() => undefined, 1000);
    const watch = await gate.watch();
    await opened;
    watch[Symbol.dispose]();
    clearInterval(keepAlive);
    expect(readCount).toBe(3);
  });

  it('refuses marks that are the wrong way round', () => {
    const readResidentBytes = (): Promise<number> => Promise.resolve(0);
    expect(
      () => new MemoryGate({ limitBytes: 10, lowWaterBytes: 10, checkIntervalMs: 500, readResidentBytes }),
    ).toThrow('got 10 and 10');
    expect(() => new MemoryGate({ limitBytes: 0, checkIntervalMs: 500, readResidentBytes })).toThrow(
      'limitBytes must be more than 0',
    );
    expect(
      () =>
        new MemoryGate({
          limitBytes: 1,
          checkIntervalMs: 0,
          readResidentBytes,
        }),
    ).toThrow('checkIntervalMs');
  });

  it('opens below 85 % of its limit where nothing else is said', async () => {
    const answers = [101, 85, 84];
    const gate = new MemoryGate({
      limitBytes: 100,
      checkIntervalMs: 500,
      readResidentBytes: () => Promise.resolve(answers.shift() ?? 0),
    });
    const closed: boolean[] = [];
    for (let reading = 0; reading < 3; reading += 1) {
      await gate.check();
      closed.push(gate.closed);
    }
    expect(closed).toEqual([true, true, false]);
  });

  it('reads at its interval, and not any more once the watch is disposed of', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { gate, readings } = gateReading([]);
    const watch = await gate.watch();
    expect(readings).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(499);
    expect(readings).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(readings).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(500);
    expect(readings).toHaveLength(3);
    watch[Symbol.dispose]();
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(5000);
    expect(readings).toHaveLength(3);
  });

  it('reads no more when it is disposed of during a reading', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    let readCount = 0;
    let answer: (bytes: number) => void = () => undefined;
    const gate = new MemoryGate({
      limitBytes: 100,
      checkIntervalMs: 500,
      readResidentBytes: () => {
        readCount += 1;
        if (readCount === 1) return Promise.resolve(1);
        return new Promise((resolve) => {
          answer = resolve;
        });
      },
    });
    const watch = await gate.watch();
    await vi.advanceTimersByTimeAsync(500);
    expect(readCount).toBe(2);
    watch[Symbol.dispose]();
    answer(1);
    await vi.advanceTimersByTimeAsync(5000);
    expect([readCount, vi.getTimerCount()]).toEqual([2, 0]);
  });

  it('keeps no process alive', async () => {
    const timerCount = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const { gate } = gateReading([]);
    const before = timerCount();
    const watch = await gate.watch();
    expect(timerCount()).toBe(before);
    watch[Symbol.dispose]();
  });

  it.each([
    [{ limitBytes: Number.NaN }, 'limitBytes must be more than 0, got NaN'],
    [{ limitBytes: -1 }, 'limitBytes must be more than 0, got -1'],
    [{ lowWaterBytes: 101 }, 'got 101 and 100'],
    [{ lowWaterBytes: Number.NaN }, 'got NaN and 100'],
    [{ checkIntervalMs: Number.NaN }, 'checkIntervalMs must be more than 0, got NaN'],
    [{ checkIntervalMs: -5 }, 'checkIntervalMs must be more than 0, got -5'],
  ])('refuses %j', (part, message) => {
    const options = { limitBytes: 100, checkIntervalMs: 500, readResidentBytes: () => Promise.resolve(0) };
    expect(() => new MemoryGate({ ...options, ...part })).toThrow(message);
  });
});
