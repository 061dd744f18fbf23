import type { EventEmitter } from 'node:events';

import { ChatferryError } from '../errors/chatferry-error.js';
import { ExitCode } from '../errors/exit-code.js';

/**
 * The signals that ask a program to stop: Ctrl-C, `kill`, the closing of a terminal or Windows console, and Ctrl-Break
 * on Windows.
 */
export const STOP_SIGNALS: readonly NodeJS.Signals[] = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  ...(process.platform === 'win32' ? (['SIGBREAK'] as const) : []),
];

/** Two seconds are promised (docs/OPERATIONS.md). The difference is the time that the end itself may take. */
const GRACE_MS = 1700;

export interface ShutdownOptions {
  /** Where the signals arrive: `process`. */
  readonly signals: Pick<EventEmitter, 'on' | 'off'>;
  /** Ends the process at once, whatever it waits for. */
  readonly exit: (code: ExitCode) => void;
  /** Called at the first signal, to tell the user what happens now. */
  readonly onInterrupt: (signalName: string) => void;
  /**
   * Called just before the process is ended by force, to restore the cursor and tell the user what to do next. Must not
   * throw.
   */
  readonly onForce?: (reason: 'asked again' | 'too slow') => void;
  /**
   * How long an orderly end may take after the first signal.
   *
   * @defaultValue 1700
   */
  readonly graceMs?: number;
}

/**
 * Ends a run in an orderly way. The first signal aborts {@link Shutdown.signal} with `INTERRUPTED`. A second signal, or
 * the end of the grace period, ends the process at once with exit code 6. Acknowledged data is never lost. Dispose of
 * it when the run is over.
 */
export class Shutdown implements Disposable {
  readonly #controller = new AbortController();
  readonly #options: ShutdownOptions;
  readonly #listener = (signalName: string): void => {
    this.#interrupt(signalName);
  };
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ShutdownOptions) {
    this.#options = options;
    for (const name of STOP_SIGNALS) options.signals.on(name, this.#listener);
  }

  /** Aborts when the run is to stop; its reason is the error that the run should end with. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Stops listening. The next signal then ends the process. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    for (const name of STOP_SIGNALS) this.#options.signals.off(name, this.#listener);
  }

  #interrupt(signalName: string): void {
    if (this.signal.aborted) {
      this.#force('asked again');
      return;
    }
    this.#options.onInterrupt(signalName);
    // Not unref'd: a run that only waits for a dead connection must end too.
    this.#timer = setTimeout(() => {
      this.#force('too slow');
    }, this.#options.graceMs ?? GRACE_MS);
    this.#controller.abort(
      new ChatferryError(
        'INTERRUPTED',
        'Interrupted. Finished work is safe; the same command continues where this one stopped.',
      ),
    );
  }

  #force(reason: 'asked again' | 'too slow'): void {
    this.#options.onForce?.(reason);
    this.#options.exit(ExitCode.interrupted);
  }
}
