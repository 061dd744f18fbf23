import type { RunEvents } from '../../pipeline/export-progress.js';
import type { UploadProgress, UploadReporter } from '../../upload/progress/upload-progress.js';
import { ExportUploadProgress } from './export-upload-progress.js';
import type { Terminal } from '../terminal/terminal.js';

/** Shows the uploads of an export: beside the export while it runs, and alone after it has ended. */
export class ExportUploadDisplay implements UploadReporter {
  readonly #terminal: Terminal;
  readonly #progress: ExportUploadProgress;
  #shown: UploadReporter;

  constructor(terminal: Terminal, reporter: RunEvents) {
    this.#terminal = terminal;
    this.#progress = new ExportUploadProgress({ reporter });
    this.#shown = this.#progress;
  }

  event(event: UploadProgress): void {
    this.#shown.event(event);
  }

  /** Shows the uploads after the export has ended. On a terminal their bars replace those of the export. */
  async finish<Report>(send: () => Promise<Report>): Promise<Report> {
    if (!this.#terminal.isLive || this.#terminal.json || this.#terminal.quiet) {
      const report = await send();
      this.#progress.finish();
      return report;
    }
    const { openDisplay } = await import('../upload/upload-display.js');
    using display = await openDisplay(this.#terminal, 'bars');
    this.#shown = display;
    return await send();
  }
}
