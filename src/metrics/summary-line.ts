import type { ConcurrencySnapshot } from './concurrency-metrics.js';

/** Formats a number of bytes in powers of 1000: `3.1 GB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.95 ? value.toFixed(0) : value.toFixed(1)} ${units[unit] ?? ''}`;
}

/** How concurrent a run was, in one line: `1247 media, 3.1 GB, peak 8, mean 7.2, throttled 0×`. */
export function summaryLine(snapshot: ConcurrencySnapshot): string {
  return [
    `${snapshot.mediaCount} media`,
    formatBytes(snapshot.bytes),
    `peak ${snapshot.peakConcurrency}`,
    `mean ${snapshot.meanConcurrency.toFixed(1)}`,
    `throttled ${snapshot.throttleCount}×`,
    ...duplicateParts(snapshot),
    ...(snapshot.failedMediaCount > 0 ? [`${snapshot.failedMediaCount} failed`] : []),
    ...(snapshot.unavailableMediaCount > 0 ? [`${snapshot.unavailableMediaCount} not available`] : []),
    ...(snapshot.leftOutMediaCount > 0 ? [`${snapshot.leftOutMediaCount} left out`] : []),
    ...(snapshot.fallbackCount > 0 ? [`fell back to sequential ${snapshot.fallbackCount}×`] : []),
  ].join(', ');
}

/** `412 not fetched again (1.2 GB)`, `3 stored once (80 kB)`. */
function duplicateParts({ duplicates }: ConcurrencySnapshot): readonly string[] {
  const { 'remote-id': byId, 'file-hashes': byHashes, content } = duplicates;
  const unfetchedCount = byId.count + byHashes.count;
  const unfetchedBytes = byId.savedBytes + byHashes.savedBytes;
  return [
    ...(unfetchedCount > 0 ? [`${unfetchedCount} not fetched again (${formatBytes(unfetchedBytes)})`] : []),
    ...(content.count > 0 ? [`${content.count} stored once (${formatBytes(content.savedBytes)})`] : []),
  ];
}
