import { describe, expect, it } from 'vitest';

import { downloadLine, downloadsSince } from '../../src/pipeline/download-account.js';
import type { DownloadMetrics } from '../../src/source/live-source.js';

const BEFORE: DownloadMetrics = {
  timeMs: 1000,
  inFlightRequests: 0,
  connections: 2,
  bytes: 500,
  series: [{ timeMs: 900, bytes: 500, inFlightRequests: 30, limit: 32, connections: 8 }],
  decisions: [{ timeMs: 800, limit: 32, reason: 'grow' }],
};
const NOW: DownloadMetrics = {
  timeMs: 9000,
  inFlightRequests: 0,
  connections: 0,
  bytes: 4_000_500,
  series: [
    ...BEFORE.series,
    { timeMs: 2000, bytes: 1_000_000, inFlightRequests: 7, limit: 8, connections: 3 },
    { timeMs: 3000, bytes: 3_000_000, inFlightRequests: 4, limit: 4, connections: 4 },
  ],
  decisions: [
    ...BEFORE.decisions,
    { timeMs: 1500, limit: 8, reason: 'grow' },
    { timeMs: 2500, limit: 4, reason: 'flood-wait' },
  ],
};

describe('the account of downloads', () => {
  it('is of what came since, with times from there', () => {
    expect(downloadsSince(BEFORE, NOW)).toEqual({
      bytes: 4_000_000,
      seconds: 2,
      bytesPerSecond: 2_000_000,
      peakConnections: 4,
      peakInFlightRequests: 7,
      limit: 4,
      decisionCounts: { grow: 1, 'flood-wait': 1 },
      series: [
        { timeMs: 1000, bytes: 1_000_000, inFlightRequests: 7, limit: 8, connections: 3 },
        { timeMs: 2000, bytes: 3_000_000, inFlightRequests: 4, limit: 4, connections: 4 },
      ],
      decisions: [
        { timeMs: 500, limit: 8, reason: 'grow' },
        { timeMs: 1500, limit: 4, reason: 'flood-wait' },
      ],
    });
  });

  it('counts no byte of a point that came before', () => {
    const [, straddling, last] = NOW.series;
    if (straddling === undefined || last === undefined) throw new Error('the example has three points');
    const account = downloadsSince(BEFORE, { ...NOW, series: [{ ...straddling, bytes: 1_000_300 }, last] });
    expect(account?.series.map(({ bytes }) => bytes)).toEqual([1_000_000, 3_000_000]);
  });

  it('is of everything where nothing was read before', () => {
    expect(downloadsSince(undefined, NOW)).toMatchObject({ bytes: 4_000_500, peakConnections: 8 });
  });

  it('is none where nothing came, or the source has no line', () => {
    expect(downloadsSince(NOW, NOW)).toBeUndefined();
    expect(downloadsSince(undefined, undefined)).toBeUndefined();
  });

  it('is a line for people, which says what slowed it down', () => {
    const account = downloadsSince(BEFORE, NOW);
    expect(account === undefined ? '' : downloadLine(account)).toBe(
      '4.0 MB at 2.0 MB/s, 4 connections, 7 parts in flight at most, slowed down 1× (flood-wait)',
    );
  });
});
