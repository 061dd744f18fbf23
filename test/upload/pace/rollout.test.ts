import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { ChatferryError, type ErrorCode } from '../../../src/errors/chatferry-error.js';
import { MemoryGate } from '../../../src/memory/memory-gate.js';
import { Rollout, type UploadPath } from '../../../src/upload/pace/rollout.js';

const hashes = Array.from({ length: 2000 }, (_, index) => createHash('sha256').update(`file ${index}`).digest('hex'));

interface Told {
  readonly rollout: Rollout;
  readonly reasons: string[];
  /** So many files of a path ended, each after five requests. */
  readonly ended: (path: UploadPath, count: number, error?: ErrorCode, met?: readonly [ErrorCode, number]) => void;
}

function rolloutOf(percent: number): Told {
  const reasons: string[] = [];
  const rollout = new Rollout({ percent, onTurnBack: (reason) => reasons.push(reason) });
  const ended: Told['ended'] = (path, count, code, met) => {
    for (let index = 0; index < count; index += 1) {
      const error = code === undefined ? undefined : new ChatferryError(code, 'no');
      const metErrors = new Map(met === undefined ? [] : [met]);
      rollout.ended(path, { sentBytes: 100, wallMs: 10, requestCount: 5, metErrors, error });
    }
  };
  return { rollout, reasons, ended };
}

describe('The parallel path', () => {
  it('is taken by as many of a hundred files as set', () => {
    const shareOf = (percent: number): number => {
      const { rollout } = rolloutOf(percent);
      return hashes.filter((hash) => rollout.pathOf(hash) === 'parallel').length / hashes.length;
    };
    expect(shareOf(0)).toBe(0);
    expect(shareOf(100)).toBe(1);
    expect(shareOf(30)).toBeGreaterThan(0.26);
    expect(shareOf(30)).toBeLessThan(0.34);
  });

  it('is kept by a file in every run, also when more files take it', () => {
    const takes = (percent: number): readonly string[] => {
      const { rollout } = rolloutOf(percent);
      return hashes.filter((hash) => rollout.pathOf(hash) === 'parallel');
    };
    expect(takes(30)).toEqual(takes(30));
    const more = new Set(takes(50));
    expect(takes(30).every((hash) => more.has(hash))).toBe(true);
  });

  it('is given up once its error rate is more than 5 points above that of the other', () => {
    const { rollout, reasons, ended } = rolloutOf(50);
    ended('sequential', 95);
    ended('sequential', 5, 'REMOTE_ERROR');
    ended('parallel', 90);
    ended('parallel', 10, 'REMOTE_ERROR'); // 5 points above, and not more.
    expect(reasons).toEqual([]);
    ended('parallel', 1, 'REMOTE_ERROR');
    expect(reasons).toEqual([expect.stringMatching(/error rate is 5\.\d points above/)]);
    expect(hashes.every((hash) => rollout.pathOf(hash) === 'sequential')).toBe(true);
  });

  it('is not judged by fewer than twenty files', () => {
    const { reasons, ended } = rolloutOf(100);
    ended('parallel', 19, 'REMOTE_ERROR');
    expect(reasons).toEqual([]);
    ended('parallel', 1);
    expect(reasons).toHaveLength(1);
  });

  it('is given up when more than 1 % of its requests are not answered in time, although later tries went well', () => {
    const { reasons, ended } = rolloutOf(100);
    ended('parallel', 39);
    ended('parallel', 1, undefined, ['TIMEOUT', 2]); // 2 of 200.
    expect(reasons).toEqual([]);
    ended('parallel', 1, undefined, ['TIMEOUT', 1]);
    expect(reasons).toEqual(['3 of 205 requests were not answered in time']);
  });

  it('is given up when it meets an error that the other has never met, once that one was tried', () => {
    const unseen = rolloutOf(50);
    unseen.ended('sequential', 19);
    unseen.ended('parallel', 100);
    unseen.ended('parallel', 1, 'CONTENT_MISMATCH');
    expect(unseen.reasons).toEqual([]);
    unseen.ended('sequential', 1);
    unseen.ended('parallel', 1);
    expect(unseen.reasons).toEqual(['it met CONTENT_MISMATCH, which the sequential path has never met']);
    const seen = rolloutOf(50);
    seen.ended('sequential', 99);
    seen.ended('sequential', 1, 'CONTENT_MISMATCH');
    seen.ended('parallel', 100);
    seen.ended('parallel', 1, 'CONTENT_MISMATCH');
    expect(seen.reasons).toEqual([]);
  });

  it('is given up when memory is above its limit, as the memory gate reads it', async () => {
    const { rollout, reasons } = rolloutOf(100);
    let residentBytes = 99;
    const gate = new MemoryGate({
      checkIntervalMs: 500,
      limitBytes: 100,
      readResidentBytes: () => Promise.resolve(residentBytes),
      onReading: (reading) => {
        rollout.memoryRead(reading);
      },
    });
    await gate.check();
    expect(rollout.turnedBack).toBeUndefined();
    residentBytes = 101;
    await gate.check();
    await gate.check();
    expect(reasons).toEqual(['memory is above its limit']);
    expect(rollout.turnedBack).toBe('memory is above its limit');
  });

  it('says so once, and never for a path that nobody takes', () => {
    const { rollout, reasons, ended } = rolloutOf(100);
    ended('parallel', 40, 'TIMEOUT', ['TIMEOUT', 3]);
    rollout.memoryRead({ closed: true });
    expect(reasons).toHaveLength(1);
    const off = rolloutOf(0);
    off.rollout.memoryRead({ closed: true });
    expect(off.reasons).toEqual([]);
  });

  it('counts files, failures, requests, timeouts, bytes, time and errors of each path', () => {
    const { rollout, ended } = rolloutOf(50);
    ended('parallel', 3);
    ended('parallel', 1, 'REMOTE_ERROR', ['TIMEOUT', 2]);
    ended('sequential', 2, 'REMOTE_ERROR', ['REMOTE_ERROR', 4]);
    expect(rollout.metrics).toEqual({
      parallel: {
        fileCount: 4,
        failedCount: 1,
        requestCount: 20,
        timeoutCount: 2,
        sentBytes: 400,
        wallMs: 40,
        errors: { REMOTE_ERROR: 1, TIMEOUT: 2 },
      },
      sequential: {
        fileCount: 2,
        failedCount: 2,
        requestCount: 10,
        timeoutCount: 0,
        sentBytes: 200,
        wallMs: 20,
        errors: { REMOTE_ERROR: 8 },
      },
    });
  });
});

describe('The sequential path', () => {
  it('works on one file at a time, in the order in which they came, whatever happens to each', async () => {
    const { rollout } = rolloutOf(0);
    const log: string[] = [];
    const work = (name: string) => () =>
      Promise.resolve().then(async () => {
        log.push(`${name} begins`);
        await Promise.resolve();
        log.push(`${name} ends`);
        if (name === 'b') throw new Error('b fails');
      });
    await Promise.allSettled(['a', 'b', 'c'].map((name) => rollout.run('sequential', work(name))));
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });
});
