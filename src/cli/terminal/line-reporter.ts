import type { ProgressEvent, ProgressReporter } from '../../pipeline/export-progress.js';
import { chatTitle, eventLine, progressLine } from './progress-lines.js';
import type { Terminal } from './terminal.js';

export interface LineReporterOptions {
  /** @defaultValue 5000 */
  readonly intervalMs?: number;
  /** A monotonic clock. @defaultValue `performance.now` */
  readonly now?: () => number;
}

/** Progress where there is no terminal: events at once, steady progress every few seconds, as plain lines. */
export class LineReporter implements ProgressReporter {
  readonly #terminal: Terminal;
  readonly #intervalMs: number;
  readonly #now: () => number;
  readonly #titles = new Map<string, string>();
  #saidAt: number;

  constructor(terminal: Terminal, { intervalMs = 5000, now = () => performance.now() }: LineReporterOptions = {}) {
    this.#terminal = terminal;
    this.#intervalMs = intervalMs;
    this.#now = now;
    this.#saidAt = now();
  }

  event(event: ProgressEvent): void {
    if (event.type === 'chat-started') {
      this.#titles.set(event.chat.id, chatTitle(event.chat));
      this.#saidAt = this.#now();
    }
    if (event.type === 'progress') {
      if (this.#now() - this.#saidAt < this.#intervalMs) return;
      this.#saidAt = this.#now();
      this.#terminal.say(`${this.#titles.get(event.chatId) ?? event.chatId}: ${progressLine(event)}`);
      return;
    }
    const line = eventLine(event);
    if (line !== undefined) this.#terminal.say(line);
  }
}
