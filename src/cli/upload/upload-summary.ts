import type { TargetReport, UploadReport } from '../../app/upload/job-report.js';
import { formatBytes } from '../../metrics/summary-line.js';
import { printableLine } from '../../text/printable.js';
import type { FailedFile } from '../../upload/uploaded-file.js';
import { countOf, formatCount, formatDuration } from '../terminal/amounts.js';

/** More failures than this are counted only; `--json` has all. */
const MOST_LISTED = 20;

/** Keeps the first failures, and counts all. */
export class FailureList {
  readonly first: FailedFile[] = [];
  count: number = 0;

  add(file: FailedFile): void {
    this.count += 1;
    if (this.first.length < MOST_LISTED) this.first.push(file);
  }
}

/** What an upload came to, for people. */
export function uploadSummary(report: UploadReport, failures: FailureList): string {
  return [
    ...failureLines(failures),
    ...report.targets.map((target) => targetLine(target, report.wallMs)),
    ...report.targets.flatMap(pathLines),
  ].join('\n');
}

/** The first of them, and how many more there are. Nothing where none failed. */
export function failureLines({ first, count }: FailureList): readonly string[] {
  if (count === 0) return [];
  const more = count > first.length ? [`  … and ${formatCount(count - first.length)} more: --json lists all.`] : [];
  return ['Not there:', ...first.map(({ path, reason }) => `  ${printableLine(`${path}: ${reason}`)}`), ...more];
}

function targetLine(report: TargetReport, wallMs: number): string {
  const { target, uploadedCount, presentCount, failedCount, sizeBytes, failure } = report;
  const counts = [
    `${countOf(uploadedCount + presentCount, 'file')} there (${formatBytes(sizeBytes)})`,
    ...(presentCount === 0 ? [] : [`${formatCount(presentCount)} of them before`]),
    ...(failedCount === 0 ? [] : [`${formatCount(failedCount)} failed`]),
  ];
  const ended = failure === undefined ? '' : ` Stopped: ${printableLine(failure.message)}`;
  return `${printableLine(target)}: ${counts.join(', ')}, in ${formatDuration(wallMs)}.${ended}`;
}

/** How the two paths fared, where both were taken. */
function pathLines({ paths, turnedBack }: TargetReport): readonly string[] {
  const lines = turnedBack === undefined ? [] : [`One file after the other from some file on: ${turnedBack}.`];
  if (paths.parallel.fileCount === 0 || paths.sequential.fileCount === 0) return lines;
  const line = (['parallel', 'sequential'] as const).map((path) => {
    const { fileCount, failedCount, sentBytes } = paths[path];
    return `${path} ${countOf(fileCount, 'file')}, ${formatBytes(sentBytes)}, ${formatCount(failedCount)} failed`;
  });
  return [...lines, `By path: ${line.join('; ')}.`];
}
