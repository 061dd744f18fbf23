import { formatBytes } from '../../../metrics/summary-line.js';
import type { ChatProgress, UploadsAtTarget } from '../../../pipeline/export-progress.js';
import { printableLine } from '../../../text/printable.js';
import { countOf, formatCount, formatDuration } from '../amounts.js';
import { uploadsText } from './progress-lines.js';

const WIDE_BAR = 24;
const NARROW_BAR = 10;

/** What a row may take: behind one that fills the screen, erasing the rest of the line takes its last character. */
export function rowColumns({ stderr }: { readonly stderr: { readonly columns?: number | undefined } }): number {
  return (stderr.columns ?? 80) - 1;
}

/** The longest of the candidates that fits into `columns`, else the last one, cut. Longest first. */
export function fitting(columns: number, candidates: readonly string[]): string {
  const found = candidates.find((candidate) => candidate.length <= columns);
  return found ?? (candidates.at(-1) ?? '').slice(0, Math.max(0, columns));
}

/** `Chats     ████░░ 3 of 12`: which chat of how many is being exported. */
export function chatsRow(number: number, count: number, columns: number): string {
  const of = `${formatCount(number)} of ${formatCount(count)}`;
  return barRow('Chats', { ratio: (number - 1) / count, columns, details: [of] });
}

/** Messages of the chat that are in the archive; without a total, their number alone. */
export function messagesRow(
  { messagesDone, messagesTotal }: ChatProgress,
  leftMs: number | undefined,
  columns: number,
): string {
  if (messagesTotal === undefined || messagesTotal === 0) {
    return fitting(columns, [`Messages  ${formatCount(messagesDone)}`]);
  }
  // The total was counted before the run; messages that arrive meanwhile must not make it 101 %.
  const total = Math.max(messagesTotal, messagesDone);
  const ratio = messagesDone / total;
  return barRow('Messages', {
    ratio,
    columns,
    details: [
      `${String(Math.floor(ratio * 100))} %`,
      ...(leftMs === undefined || messagesDone >= total ? [] : [`${roughDuration(leftMs)} left`]),
      `${formatCount(messagesDone)} of ${formatCount(total)}`,
    ],
  });
}

/** Files that came in this run. */
export function mediaRow(
  { mediaDone, mediaFailed, bytesDone }: ChatProgress,
  elapsedMs: number,
  columns: number,
): string {
  const rate = `${formatBytes(Math.round(bytesDone / Math.max(0.001, elapsedMs / 1000)))}/s`;
  const failed = mediaFailed === 0 ? [] : [countOf(mediaFailed, 'failure')];
  const done = `${formatCount(mediaDone)} done`;
  const bytes = formatBytes(bytesDone);
  return fitting(columns, [
    `Media     ${[done, ...failed, bytes, rate].join(' · ')}`,
    `Media     ${[done, ...failed, bytes].join(' · ')}`,
    `Media     ${[done, ...failed].join(' · ')}`,
  ]);
}

/** Media jobs that are running, and why no more are started. */
export function permitsRow(
  { inFlight, permits, throttled }: Pick<ChatProgress, 'inFlight' | 'permits' | 'throttled'>,
  pauseMs: number,
  columns: number,
): string {
  const gauge = `${'▮'.repeat(Math.min(inFlight, permits))}${'▯'.repeat(Math.max(0, permits - inFlight))}`;
  const memory = throttled ? [`throttled by memory`] : [];
  const pause = pauseMs > 0 ? [`pause ordered by Telegram: ${formatDuration(pauseMs)} left`] : [];
  const shortPause = pauseMs > 0 ? [`paused for ${formatDuration(pauseMs)}`] : [];
  const of = `${String(inFlight)} of ${String(permits)}`;
  return fitting(columns, [
    `At once   ${[`${of} ${gauge}`, ...memory, ...pause].join(' · ')}`,
    `At once   ${[of, ...memory, ...pause].join(' · ')}`,
    `At once   ${[of, ...shortPause].join(' · ')}`,
  ]);
}

/** Media whose previews and copies are made; without a total while more media come. */
export function previewsRow(doneCount: number, totalCount: number | undefined, columns: number): string {
  if (totalCount === undefined || totalCount === 0)
    return fitting(columns, [`Previews  ${countOf(doneCount, 'file')}`]);
  const of = `${formatCount(doneCount)} of ${countOf(totalCount, 'file')}`;
  return barRow('Previews', { ratio: Math.min(1, doneCount / totalCount), columns, details: [of] });
}

/** `Uploads   12 files, 45.2 MB uploaded, 4.0 MB/s · s3://bucket/chats`. */
export function uploadsRow(uploads: UploadsAtTarget, columns: number): string {
  const text = uploadsText(uploads);
  return fitting(columns, [`Uploads   ${text} · ${printableLine(uploads.target)}`, `Uploads   ${text}`]);
}

/** A time span that does not flicker when it is shown again and again: `40 s`, `3 min`, `2 h 5 min`. */
export function roughDuration(durationMs: number): string {
  const seconds = Math.ceil(durationMs / 1000);
  if (seconds <= 10) return `${String(seconds)} s`;
  if (seconds < 60) return `${String(Math.ceil(seconds / 5) * 5)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${String(minutes)} min`;
  return `${String(Math.floor(minutes / 60))} h ${String(minutes % 60)} min`;
}

export interface BarRow {
  /** 0 to 1. */
  readonly ratio: number;
  readonly columns: number;
  /** Most important first: the last ones are left out where there is no room. */
  readonly details: readonly string[];
}

/** `Files     ████░░ 3 of 12`. */
export function barRow(label: string, { ratio, columns, details }: BarRow): string {
  const row = (width: number, count: number): string =>
    `${label.padEnd(10)}${bar(ratio, width)} ${details.slice(0, count).join(' · ')}`;
  const candidates = [WIDE_BAR, NARROW_BAR].map((width) => row(width, details.length));
  for (let count = details.length - 1; count > 0; count -= 1) candidates.push(row(NARROW_BAR, count));
  return fitting(columns, candidates);
}

function bar(ratio: number, width: number): string {
  const full = Math.floor(ratio * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}
