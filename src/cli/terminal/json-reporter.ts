import type { ProgressEvent, ProgressReporter } from '../../pipeline/export-progress.js';
import type { Terminal } from './terminal.js';

/** Progress for machines: each event as it is, one line of JSON on stdout. docs/OPERATIONS.md describes them. */
export class JsonReporter implements ProgressReporter {
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  event(event: ProgressEvent): void {
    if (event.type === 'progress' && this.#terminal.isBehind) return; // The next one says more.
    this.#terminal.printJson(event);
  }

  room(signal: AbortSignal): Promise<void> {
    return this.#terminal.room(signal);
  }
}
