import { MultiBar, Presets } from 'cli-progress';

import type { Terminal } from '../terminal.js';

/** DECAWM: whether a line that is wider than the screen is wrapped or cut. */
const WRAP_LINES = '\u001B[?7h';
const CUT_LINES = '\u001B[?7l';
/** ED: erases the screen from the cursor on. */
const ERASE_BELOW = '\u001B[J';

/** Rows at the foot of a terminal, redrawn in place; other output is written above them. Disposing removes them and restores the cursor. */
export class LiveRows implements Disposable {
  readonly #terminal: Terminal;
  readonly #multi: MultiBar;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    const multi = new MultiBar(
      {
        stream: terminal.stderr.stream,
        hideCursor: true,
        clearOnComplete: true,
        linewrap: false,
        gracefulExit: false, // Ctrl-C is ours to handle: it must end the run in order, not only the bars.
      },
      Presets.shades_classic,
    );
    this.#multi = multi;
    terminal.writeAbove((text) => {
      // Bars are cut at the edge of the screen. Messages are wrapped, and may overwrite several bars.
      multi.log(`${ERASE_BELOW}${WRAP_LINES}${text}${CUT_LINES}`);
    });
  }

  /** @param draw - Asked several times a second. */
  add(draw: () => string): void {
    this.#multi.create(1, 0, {}, { format: draw });
  }

  [Symbol.dispose](): void {
    this.#terminal.writeAbove(undefined);
    this.#multi.update(); // stop() would drop the lines that came since the last redrawing.
    this.#multi.stop();
  }
}
