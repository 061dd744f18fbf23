import type { ProgressEvent, ProgressReporter } from '../../pipeline/export-progress.js';
import type { Terminal } from './terminal.js';

/** Progress for machines: each event as it is, one line of JSON on stdout. docs/OPERATIONS.md describes them. */
export class JsonReporter implements ProgressReporter {
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  event(event: ProgressEvent): void {
    this.#terminal.printJson(event);
  }
}
