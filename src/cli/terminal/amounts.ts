/** A time span for people: `0.4 s`, `42 s`, `3 min 5 s`, `2 h 0 min`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 950) return `${(durationMs / 1000).toFixed(1)} s`;
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 60) return `${String(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${String(minutes)} min ${String(seconds % 60)} s`;
  return `${String(Math.floor(minutes / 60))} h ${String(minutes % 60)} min`;
}

/** A count with thousands separated: `12,345`. Every language of the system prints the same. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** `1 message`, `2,000 messages`. The plural is the noun with an s unless given. */
export function countOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}
