import { type ErrorCode, errorMessage, isChatferryError } from '../../errors/chatferry-error.js';
import type { AdaptiveBandwidth } from './adaptive-bandwidth.js';
import type { Parallelism } from './parallelism.js';
import type { Retry } from './retry.js';
import type { SharedPause } from './shared-pause.js';
import { WaitsForOthers } from './waits-for-others.js';

export interface RequestsOptions {
  readonly parallelism: Parallelism;
  readonly retry: Retry;
  /** Shared by all requests to the target. */
  readonly pause: SharedPause;
  /** Adapts to the results of parts. */
  readonly adaptive?: AdaptiveBandwidth | undefined;
  /** Called with messages for the user. */
  readonly onNote: (text: string) => void;
  /** The beginning of each note. */
  readonly subject: string;
}

export interface RequestToRun<T> {
  /** What it does, for notes. */
  readonly what: string;
  readonly request: () => Promise<T>;
  /** How many bytes of the file it sends. @defaultValue 0 */
  readonly sizeBytes?: number;
}

/**
 * The requests of one file. Each takes a permit, waits for pauses that the target demands, and is retried after temporary
 * failures.
 */
export class Requests {
  readonly #options: RequestsOptions;
  readonly #metErrors = new Map<ErrorCode, number>();
  #count = 0;

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  /** How many requests were made, including retries. */
  get count(): number {
    return this.#count;
  }

  /** How many failed, by code, even if a retry succeeded. */
  get metErrors(): ReadonlyMap<ErrorCode, number> {
    return this.#metErrors;
  }

  /** @throws as {@link Retry.run} does. */
  run<T>({ what, request, sizeBytes = 0 }: RequestToRun<T>, signal: AbortSignal): Promise<T> {
    const { parallelism, retry, onNote, subject } = this.#options;
    return retry.run(
      () => parallelism.run(sizeBytes, () => this.#once(sizeBytes, request, signal)),
      signal,
      ({ error, pauseMs }) => {
        onNote(`${subject}, ${what}: ${errorMessage(error)} Trying again in ${Math.ceil(pauseMs / 1000)} s.`);
      },
    );
  }

  async #once<T>(sizeBytes: number, request: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const { adaptive, pause } = this.#options;
    await pause.over(signal);
    signal.throwIfAborted();
    this.#count += 1;
    try {
      const answer = await request();
      if (sizeBytes > 0) adaptive?.succeeded();
      return answer;
    } catch (error) {
      if (signal.aborted || error instanceof WaitsForOthers) throw error;
      if (isChatferryError(error) && error.retryAfterMs !== undefined) pause.order(error.retryAfterMs);
      const code = isChatferryError(error) ? error.code : 'INTERNAL';
      this.#metErrors.set(code, (this.#metErrors.get(code) ?? 0) + 1);
      if (sizeBytes > 0 && isChatferryError(error) && error.retryable) adaptive?.failed();
      throw error;
    }
  }
}
