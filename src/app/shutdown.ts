import type { EventEmitter } from 'node:events';

import { ChatferryError } from '../errors/chatferry-error.js';
import { ExitCode } from '../errors/exit-code.js';

/** What asks a program to stop: Ctrl-C, `kill`, the closing of a terminal (also of a Windows console); there Ctrl-Break too. */
export const STOP_SIGNALS: readonly NodeJS.Signals[] = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  ...(process.platform === 'win32' ? (['SIGBREAK'] as const) : []),
];

/** Less than the two seconds that are promised, by what the end itself may take. */
const GRACE_MS = 1700;

export interface ShutdownOptions {
  /** Where the signals arrive: `process`. */
  readonly signals: Pick<EventEmitter, 'on' | 'off'>;
  /** Ends the process at once, whatever it waits for. */
  readonly exit: (code: ExitCode) => void;
  /** Called at the first signal: says what happens now. */
  readonly onInterrupt: (signalName: string) => void;
  /** Called just before the process is ended by force: gives the cursor back, says what is next. Must not throw. */
  readonly onForce?: (reason: 'asked again' | 'too slow') => void;
  /**
   * How long the run may take to end in order, after the first signal.
   *
   * @defaultValue 1700
   */
  readonly graceMs?: number;
}

/**
 * Ends a run in order. The first signal aborts {@link Shutdown.signal} with `INTERRUPTED`; a second one, or one that is
 * not obeyed in time, ends the process at once with exit code 6. Nothing that was acknowledged is lost either way.
 * Dispose of it when the run is over.
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

  /** Stops listening. The process then ends by itself, or by the next signal. */
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
    // Not unref'd: a run that waits for nothing but a dead connection must end as well.
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
