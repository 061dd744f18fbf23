import { once } from 'node:events';

import { afterEach, describe, expect, it, vi } from 'vitest';

import { LazyHashes } from '../../../src/pipeline/fetch/lazy-hashes.js';
import type { RangeHash } from '../../../src/source/live-source.js';
import { deferred, settle } from '../../concurrency/deferred.js';

const never = new AbortController().signal;

function range(offset: number): RangeHash {
  return { offset, sizeBytes: 10, sha256: new Uint8Array([offset]) };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('hashes that are fetched as they are asked for', () => {
  it('are fetched once, in order, whoever asks and for whichever', async () => {
    const given: number[] = [];
    let openCount = 0;
    const open = async function* (): AsyncGenerator<RangeHash> {
      openCount += 1;
      for (const offset of [0, 10, 20]) {
        given.push(offset);
        yield await Promise.resolve(range(offset));
      }
    };
    const hashes = new LazyHashes(open, 1000, never);
    expect(openCount).toBe(0);
    const both = await Promise.all([hashes.at(1), hashes.at(0), hashes.at(1)]);
    expect(both).toEqual([range(10), range(0), range(10)]);
    expect(given).toEqual([0, 10]);
    expect(await hashes.at(0)).toEqual(range(0));
    expect(await hashes.at(3)).toBeUndefined();
    expect(await hashes.at(9)).toBeUndefined();
    expect(await hashes.at(2)).toEqual(range(20));
    expect([given, openCount, hashes.timedOut]).toEqual([[0, 10, 20], 1, false]);
  });

  it('end with an error of the source, which nobody is told here', async () => {
    let askCount = 0;
    const open = async function* (): AsyncGenerator<RangeHash> {
      askCount += 1;
      yield await Promise.resolve(range(0));
      throw new Error('refused');
    };
    const hashes = new LazyHashes(open, 1000, never);
    expect(await hashes.at(1)).toBeUndefined();
    expect(await hashes.at(0)).toEqual(range(0));
    expect([hashes.timedOut, askCount]).toEqual([false, 1]);
  });

  it('end when an answer takes longer than each may, and what came before stays', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const reasons: unknown[] = [];
    const second = deferred();
    const open = async function* (signal: AbortSignal): AsyncGenerator<RangeHash> {
      yield await Promise.resolve(range(0));
      await second.promise;
      yield range(10);
      await once(signal, 'abort');
      reasons.push(signal.reason);
      signal.throwIfAborted();
    };
    const hashes = new LazyHashes(open, 1000, never);
    await hashes.at(0);
    expect(vi.getTimerCount()).toBe(0);
    const slow = hashes.at(1);
    await vi.advanceTimersByTimeAsync(999);
    second.resolve();
    expect(await slow).toEqual(range(10));
    const silent = hashes.at(2);
    await vi.advanceTimersByTimeAsync(999);
    expect(hashes.timedOut).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await silent).toBeUndefined();
    expect([hashes.timedOut, await hashes.at(1)]).toEqual([true, range(10)]);
    expect(reasons).toMatchObject([{ code: 'TIMEOUT', message: 'No hashes came within 1000 ms.' }]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('end with the signal of the run', async () => {
    const controller = new AbortController();
    const open = async function* (signal: AbortSignal): AsyncGenerator<RangeHash> {
      await once(signal, 'abort');
      signal.throwIfAborted();
      yield range(0);
    };
    const hashes = new LazyHashes(open, 60_000, controller.signal);
    const waiting = hashes.at(0);
    await settle();
    controller.abort(new Error('enough'));
    expect(await waiting).toBeUndefined();
    expect(hashes.timedOut).toBe(false);
  });

  it('are given up when they are closed: who waits gets nothing, and the source is closed', async () => {
    const reasons: unknown[] = [];
    let closedCount = 0;
    const open = async function* (signal: AbortSignal): AsyncGenerator<RangeHash> {
      try {
        yield await Promise.resolve(range(0));
        await once(signal, 'abort');
        reasons.push(signal.reason);
        yield range(10);
      } finally {
        closedCount += 1;
      }
    };
    const hashes = new LazyHashes(open, 60_000, never);
    await hashes.at(0);
    const waiting = hashes.at(1);
    const behind = hashes.at(2);
    await settle();
    await hashes.close();
    expect(closedCount).toBe(1);
    await Promise.all([waiting, behind]);
    expect(await hashes.at(5)).toBeUndefined();
    expect(reasons).toMatchObject([{ code: 'INTERRUPTED' }]);
  });

  it('are closed where nobody has asked, and then nothing is fetched', async () => {
    let openCount = 0;
    const open = async function* (): AsyncGenerator<RangeHash> {
      openCount += 1;
      yield await Promise.resolve(range(0));
    };
    const hashes = new LazyHashes(open, 1000, never);
    await hashes.close();
    expect([await hashes.at(0), openCount]).toEqual([undefined, 0]);
  });
});
