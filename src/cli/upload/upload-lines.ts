import type { MeasuredItems } from '../../app/upload/measured-items.js';
import { formatBytes } from '../../metrics/summary-line.js';
import type { UploadProgress } from '../../upload/progress/upload-progress.js';
import { formatCount } from '../terminal/amounts.js';
import { roughDuration } from '../terminal/progress/progress-rows.js';
import type { Terminal } from '../terminal/terminal.js';
import type { UploadDisplay } from './display.js';
import { shortName } from './upload-rows.js';
import { UploadTally } from './upload-tally.js';

export interface UploadLinesOptions {
  /** @defaultValue 5000 */
  readonly intervalMs?: number;
  /** A monotonic clock. @defaultValue `performance.now` */
  readonly now?: () => number;
}

/**
 * Progress where there is no terminal: a line for each file that was sent, and every few seconds one for all. Files that were
 * there before, and those that failed, are counted: the failed are listed at the end.
 */
export class UploadLines implements UploadDisplay {
  readonly wantsTotals = true;
  readonly #terminal: Terminal;
  readonly #intervalMs: number;
  readonly #now: () => number;
  readonly #tally = new UploadTally();
  #saidAtMs: number;

  constructor(terminal: Terminal, { intervalMs = 5000, now = () => performance.now() }: UploadLinesOptions = {}) {
    this.#terminal = terminal;
    this.#intervalMs = intervalMs;
    this.#now = now;
    this.#saidAtMs = now();
  }

  measured(total: MeasuredItems): void {
    this.#tally.measured(total);
  }

  event(event: UploadProgress): void {
    this.#tally.add(event);
    const isSent = event.stage === 'complete' && event.isPresent !== true;
    if (isSent) this.#terminal.say(`${shortName(event.file)}: ${event.message}`);
    if (isSent || this.#now() - this.#saidAtMs < this.#intervalMs) return;
    this.#saidAtMs = this.#now();
    this.#terminal.say(this.#steadyLine(event));
  }

  [Symbol.dispose](): void {
    // Nothing is open.
  }

  #steadyLine({ secondsLeft }: UploadProgress): string {
    const { doneFiles, presentFiles, failedFiles, doneBytes, bytesPerSecond, total } = this.#tally.state;
    const ended = doneFiles + failedFiles;
    // Files that came since they were counted must not make it more than all.
    const most = total && { fileCount: Math.max(total.fileCount, ended), bytes: Math.max(total.bytes, doneBytes) };
    const of = most === undefined ? '' : ` of ${formatCount(most.fileCount)}`;
    const files = `${formatCount(ended)}${of} files`;
    const apart = [
      ...(presentFiles === 0 ? [] : [`${formatCount(presentFiles)} there already`]),
      ...(failedFiles === 0 ? [] : [`${formatCount(failedFiles)} failed`]),
    ];
    const counts = apart.length === 0 ? '' : ` (${apart.join(', ')})`;
    const bytes = most === undefined ? '' : ` of ${formatBytes(most.bytes)}`;
    const left = most === undefined || bytesPerSecond === 0 ? secondsLeft : (most.bytes - doneBytes) / bytesPerSecond;
    const time = left === undefined || left === 0 ? '' : `, ${roughDuration(left * 1000)} left`;
    return `${files}${counts}, ${formatBytes(doneBytes)}${bytes}, ${formatBytes(bytesPerSecond)}/s${time}`;
  }
}
