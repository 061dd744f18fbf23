import { MultiBar, Presets } from 'cli-progress';

import type { MeasuredItems } from '../../app/upload/measured-items.js';
import type { UploadProgress } from '../../upload/progress/upload-progress.js';
import { rowColumns } from '../terminal/progress-rows.js';
import type { Terminal } from '../terminal/terminal.js';
import { TimeLeft } from '../terminal/time-left.js';
import { bytesRow, currentRow, filesRow } from './upload-rows.js';
import type { UploadDisplay } from './display.js';
import { UploadTally } from './upload-tally.js';

/** DECAWM: whether a line that is longer than the screen is wide goes on in the next one, or is cut. */
const WRAP_LINES = '\u001B[?7h';
const CUT_LINES = '\u001B[?7l';
/** ED: what stands on the screen from here on goes. */
const ERASE_BELOW = '\u001B[J';

/** Progress on a terminal: files, bytes with speed and time left, and the file that is on its way, redrawn in place. */
export class UploadBars implements UploadDisplay {
  readonly wantsTotals = true;
  readonly #terminal: Terminal;
  readonly #multi: MultiBar;
  readonly #tally = new UploadTally();
  #timeLeft: TimeLeft | undefined;
  #leftMs: number | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    this.#multi = new MultiBar(
      {
        stream: terminal.stderr.stream,
        hideCursor: true,
        clearOnComplete: true,
        linewrap: false,
        gracefulExit: false, // Ctrl-C is ours to handle.
      },
      Presets.shades_classic,
    );
    for (const row of [
      (columns: number) => filesRow(this.#tally.state, columns),
      (columns: number) => bytesRow(this.#tally.state, this.#leftMs, columns),
      (columns: number) => currentRow(this.#tally.state.current, columns),
    ]) {
      this.#multi.create(1, 0, {}, { format: () => row(rowColumns(terminal)) });
    }
    terminal.writeAbove((text) => {
      this.#multi.log(`${ERASE_BELOW}${WRAP_LINES}${text}${CUT_LINES}`);
    });
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
    this.#terminal.writeAbove(undefined);
    this.#multi.update(); // stop() would drop the lines that came since the last redrawing.
    this.#multi.stop();
  }
}
