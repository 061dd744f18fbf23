import { Presets, SingleBar } from 'cli-progress';

import { countOf, formatCount } from '../amounts.js';
import type { Terminal } from '../terminal.js';

/** Without a terminal, a line is written at most this often. */
const LINE_INTERVAL_MS = 5000;

/** Progress over a known number of things: a bar on a terminal, plain lines without one, nothing with `--quiet`. */
export class CountProgress implements Disposable {
  readonly #terminal: Terminal;
  readonly #total: number;
  readonly #noun: string;
  readonly #bar: SingleBar | undefined;
  #done = 0;
  #lastLineMs = performance.now();

  /** @param noun - Of one thing: `file`. */
  constructor(terminal: Terminal, total: number, noun: string) {
    this.#terminal = terminal;
    this.#total = total;
    this.#noun = noun;
    if (!terminal.isLive) return;
    this.#bar = new SingleBar(
      {
        format: `${noun}s  {bar} {percentage} % · {value} of {total} · {eta_formatted} left`,
        stream: terminal.stderr.stream,
        hideCursor: true,
        clearOnComplete: true,
        linewrap: false,
        gracefulExit: false, // Ctrl-C is ours to handle.
      },
      Presets.shades_classic,
    );
    this.#bar.start(total, 0);
  }

  /** More are done. @param count - How many. @defaultValue 1 */
  step(count: number = 1): void {
    this.#done += count;
    this.#bar?.update(this.#done);
    if (this.#bar !== undefined || performance.now() - this.#lastLineMs < LINE_INTERVAL_MS) return;
    this.#lastLineMs = performance.now();
    this.#terminal.say(`${formatCount(this.#done)} of ${countOf(this.#total, this.#noun)}`);
  }

  [Symbol.dispose](): void {
    this.#bar?.stop();
  }
}
