import type { MeasuredItems } from '../../app/upload/measured-items.js';
import type { UploadProgress } from '../../upload/progress/upload-progress.js';
import { LiveRows } from '../terminal/progress/live-rows.js';
import { rowColumns } from '../terminal/progress/progress-rows.js';
import type { Terminal } from '../terminal/terminal.js';
import { TimeLeft } from '../terminal/progress/time-left.js';
import { bytesRow, currentRow, filesRow } from './upload-rows.js';
import type { UploadDisplay } from './display.js';
import { UploadTally } from './upload-tally.js';

/** Progress on a terminal: files, bytes with speed and time left, and the file that is on its way, redrawn in place. */
export class UploadBars implements UploadDisplay {
  readonly wantsTotals = true;
  readonly #rows: LiveRows;
  readonly #tally = new UploadTally();
  #timeLeft: TimeLeft | undefined;
  #leftMs: number | undefined;

  constructor(terminal: Terminal) {
    this.#rows = new LiveRows(terminal);
    for (const row of [
      (columns: number) => filesRow(this.#tally.state, columns),
      (columns: number) => bytesRow(this.#tally.state, this.#leftMs, columns),
      (columns: number) => currentRow(this.#tally.state.current, columns),
    ]) {
      this.#rows.add(() => row(rowColumns(terminal)));
    }
  }

  measured(total: MeasuredItems): void {
    this.#tally.measured(total);
  }

  event(event: UploadProgress): void {
    this.#tally.add(event);
    const { doneBytes, total } = this.#tally.state;
    const nowMs = performance.now();
    this.#timeLeft ??= new TimeLeft(doneBytes, nowMs);
    if (total !== undefined) this.#leftMs = this.#timeLeft.update(doneBytes, total.bytes, nowMs);
  }

  [Symbol.dispose](): void {
    this.#rows[Symbol.dispose]();
  }
}
