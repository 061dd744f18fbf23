import { basename } from 'node:path';

import { formatBytes } from '../../metrics/summary-line.js';
import { printableLine, shortTitle } from '../../text/printable.js';
import type { UploadProgress } from '../../upload/progress/upload-progress.js';
import { countOf, formatCount } from '../terminal/amounts.js';
import { barRow, fitting, roughDuration } from '../terminal/progress/progress-rows.js';
import type { UploadState } from './upload-tally.js';

/** `Files     ████░░ 3 of 12 · 1 failure`. */
export function filesRow({ doneFiles, failedFiles, total }: UploadState, columns: number): string {
  const ended = doneFiles + failedFiles;
  const failed = failedFiles === 0 ? [] : [countOf(failedFiles, 'failure')];
  if (total === undefined || total.fileCount === 0) {
    return fitting(columns, [`Files     ${[`${formatCount(ended)} done`, ...failed].join(' · ')}`]);
  }
  // Files that came since they were counted must not make it more than all.
  const count = Math.max(total.fileCount, ended);
  const of = `${formatCount(ended)} of ${formatCount(count)}`;
  return barRow('Files', { ratio: ended / count, columns, details: [of, ...failed] });
}

/** `Bytes     ████░░ 42 % · 3 min left · 4.0 MB/s · 1.2 GB of 3.1 GB`. */
export function bytesRow(state: UploadState, leftMs: number | undefined, columns: number): string {
  const { doneBytes, bytesPerSecond, total } = state;
  const speed = bytesPerSecond === 0 ? [] : [`${formatBytes(bytesPerSecond)}/s`];
  if (total === undefined || total.bytes === 0) {
    return fitting(columns, [`Bytes     ${[formatBytes(doneBytes), ...speed].join(' · ')}`]);
  }
  const bytes = Math.max(total.bytes, doneBytes);
  const ratio = doneBytes / bytes;
  const left = leftMs === undefined || ratio === 1 ? [] : [`${roughDuration(leftMs)} left`];
  return barRow('Bytes', {
    ratio,
    columns,
    details: [`${Math.floor(ratio * 100)} %`, ...left, ...speed, `${formatBytes(doneBytes)} of ${formatBytes(bytes)}`],
  });
}

/** `Now       film.mp4 · part 3 of 12 · Uploading`. */
export function currentRow(current: UploadProgress | undefined, columns: number): string {
  if (current === undefined) return 'Now';
  const { file, doneParts, partCount, message } = current;
  const name = shortName(file);
  const parts = partCount < 2 ? [] : [`part ${Math.min(doneParts + 1, partCount)} of ${partCount}`];
  const words = printableLine(message);
  return fitting(columns, [
    `Now       ${[name, ...parts, words].join(' · ')}`,
    `Now       ${[name, ...parts].join(' · ')}`,
    `Now       ${name}`,
  ]);
}

/** The name of a file on one line. */
export function shortName(path: string): string {
  return printableLine(shortTitle(basename(path)));
}
