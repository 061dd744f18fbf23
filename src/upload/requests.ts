import { errorMessage } from '../errors/chatferry-error.js';
import type { Parallelism } from './parallelism.js';
import type { Retry } from './retry.js';

export interface RequestsOptions {
  readonly parallelism: Parallelism;
  readonly retry: Retry;
  /** Called with what people should know. */
  readonly onNote: (text: string) => void;
  /** What notes begin with. */
  readonly subject: string;
}

/** Requests to one target: each with a permit of the budget, tried again when it fails for a while. */
export class Requests {
  readonly #options: RequestsOptions;

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  /** @param what - For notes. @param bytes - That it sends. @throws as {@link Retry.run} does. */
  run<T>(what: string, bytes: number, request: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const { parallelism, retry, onNote, subject } = this.#options;
    return retry.run(
      () =>
        parallelism.run(bytes, async () => {
          signal.throwIfAborted();
          return request();
        }),
      signal,
      ({ error, pauseMs }) => {
        onNote(`${subject}, ${what}: ${errorMessage(error)} Trying again in ${Math.ceil(pauseMs / 1000)} s.`);
      },
    );
  }
}
