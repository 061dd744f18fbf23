import { formatBytes } from '../metrics/summary-line.js';
import type { DownloadDecision, DownloadMetrics, DownloadPoint } from '../source/live-source.js';

/** The downloads of a source during one period. Times count from the beginning of the period. */
export interface DownloadAccount {
  /** Received and verified. */
  readonly bytes: number;
  /** Until the last byte. */
  readonly seconds: number;
  /** Over those seconds. */
  readonly bytesPerSecond: number;
  readonly peakConnections: number;
  readonly peakInFlightRequests: number;
  /** The limit of requests in flight at the end. */
  readonly limit: number;
  /** How often the limit changed, by reason. */
  readonly decisionCounts: Readonly<Record<string, number>>;
  readonly series: readonly DownloadPoint[];
  readonly decisions: readonly DownloadDecision[];
}

/**
 * The downloads of a source since `before` was read from it. Undefined if no byte came.
 *
 * Points of a long-lived source are far apart, so the first one may begin before the period. Its bytes are only those
 * that came within the period.
 */
export function downloadsSince(
  before: DownloadMetrics | undefined,
  now: DownloadMetrics | undefined,
): DownloadAccount | undefined {
  const sinceMs = before?.timeMs ?? 0;
  const bytes = (now?.bytes ?? 0) - (before?.bytes ?? 0);
  if (now === undefined || bytes === 0) return undefined;
  const later = <T extends { readonly timeMs: number }>(entries: readonly T[]): readonly T[] =>
    entries.filter(({ timeMs }) => timeMs >= sinceMs).map((entry) => ({ ...entry, timeMs: entry.timeMs - sinceMs }));
  const series = withoutEarlier(later(now.series), bytes);
  const decisions = later(now.decisions);
  const decisionCounts: Record<string, number> = {};
  for (const { reason } of decisions) decisionCounts[reason] = (decisionCounts[reason] ?? 0) + 1;
  const seconds = (series.at(-1)?.timeMs ?? now.timeMs - sinceMs) / 1000;
  return {
    bytes,
    seconds,
    bytesPerSecond: seconds > 0 ? bytes / seconds : 0,
    peakConnections: Math.max(0, ...series.map(({ connections }) => connections)),
    peakInFlightRequests: Math.max(0, ...series.map(({ inFlightRequests }) => inFlightRequests)),
    limit: series.at(-1)?.limit ?? 0,
    decisionCounts,
    series,
    decisions,
  };
}

function withoutEarlier(series: readonly DownloadPoint[], bytes: number): readonly DownloadPoint[] {
  const [first, ...others] = series;
  if (first === undefined) return series;
  return [{ ...first, bytes: bytes - others.reduce((sum, point) => sum + point.bytes, 0) }, ...others];
}

/** In one line: `3.1 GB at 48.2 MB/s, 8 connections, 27 parts in flight at most, slowed down 2× (flood-wait)`. */
export function downloadLine(account: DownloadAccount): string {
  const { bytes, bytesPerSecond, peakConnections, peakInFlightRequests, decisionCounts } = account;
  // Changes by `grow` and `latency` are normal probing, so they are left out.
  const slowed = Object.entries(decisionCounts).filter(([reason]) => reason !== 'grow' && reason !== 'latency');
  const slowedCount = slowed.reduce((sum, [, count]) => sum + count, 0);
  return [
    `${formatBytes(bytes)} at ${formatBytes(bytesPerSecond)}/s`,
    `${peakConnections} connection${peakConnections === 1 ? '' : 's'}`,
    `${peakInFlightRequests} part${peakInFlightRequests === 1 ? '' : 's'} in flight at most`,
    ...(slowedCount > 0 ? [`slowed down ${slowedCount}× (${slowed.map(([reason]) => reason).join(', ')})`] : []),
  ].join(', ');
}
