import { setMaxListeners } from 'node:events';

import { ChatferryError, type ErrorCode } from '../errors/chatferry-error.js';
import { meaningOf } from '../errors/error-meaning.js';

/**
 * The number of consecutive files that time out after all their retries. One may be too large for the target, and two may be
 * due to one short failure. Each costs (UPLOAD_MAX_RETRIES + 1) × UPLOAD_TIMEOUT_SECONDS.
 */
const MAX_SILENT_FILES = 3;

/** Errors that end the run with all its targets: bugs, and requests that cannot be carried out. */
const ENDS_RUN: ReadonlySet<ErrorCode> = new Set(['INTERNAL', 'USAGE']);
/** The scope in their meaning is that of exports. In uploads they concern the disk and the session of one file. */
const FAILS_ONE_FILE: ReadonlySet<ErrorCode> = new Set(['FILE_SYSTEM', 'LOCKED']);

/** Whether an error ends the whole run, because it concerns neither the file nor its target. */
export function endsRun({ code }: ChatferryError): boolean {
  return ENDS_RUN.has(code);
}

/** Decides when a run gives a target up, because all further files would meet the same error. */
export class GivingUp {
  readonly #stop = new AbortController();
  #reason: ChatferryError | undefined;
  #silentFiles = 0;

  constructor() {
    setMaxListeners(0, this.#stop.signal);
  }

  /** Aborts with the reason. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Undefined while the target is not given up. */
  get reason(): ChatferryError | undefined {
    return this.#reason;
  }

  giveUp(reason: ChatferryError): void {
    this.#reason ??= reason;
    this.#stop.abort(this.#reason);
  }

  /** The target has confirmed a file. */
  succeeded(): void {
    this.#silentFiles = 0;
  }

  /** A file has failed, after all retries. */
  failed(error: ChatferryError): void {
    if (meaningOf(error).scope === 'run' && !FAILS_ONE_FILE.has(error.code)) this.giveUp(error);
    // An error that is not retryable is the deadline of one file, such as for its processing by a store.
    if (error.code !== 'TIMEOUT' || !error.retryable) return;
    this.#silentFiles += 1;
    if (this.#silentFiles < MAX_SILENT_FILES) return;
    const message = `${MAX_SILENT_FILES} files in a row were not answered, so no more are tried: ${error.message} Run the same command again later: it continues where it stopped.`;
    this.giveUp(new ChatferryError('TIMEOUT', message, { cause: error, retryable: true }));
  }
}
