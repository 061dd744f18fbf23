import { setMaxListeners } from 'node:events';

import { ChatferryError } from '../../../errors/chatferry-error.js';
import { type PartLane, SMALL_FILE_BYTES } from './part-scheduler.js';
import { PART_BYTES } from './part-plan.js';

/** Maximum number of concurrent files from one data centre, by lane. */
export type FileLimits = Readonly<Record<PartLane, number>>;

/** A file that is to be fetched. */
export interface FileRequest {
  readonly dcId: number;
  /** The announced size; undefined if unknown. */
  readonly sizeBytes: number | undefined;
  /** Lower values come first. */
  readonly priority: number;
  readonly signal: AbortSignal;
}

interface Waiting {
  readonly priority: number;
  readonly grant: () => void;
}

interface Queue {
  readonly lane: PartLane;
  openCount: number;
  readonly waiting: Set<Waiting>;
}

/**
 * Limits the files that are fetched concurrently from one data centre to the numbers that Telegram asks clients for:
 * one limit for files below 20 MB and one for larger files (a soft limit according to
 * https://core.telegram.org/api/files#downloading-files, see
 * https://core.telegram.org/api/config#small-queue-max-active-operations-count). The lowest priority value comes first.
 *
 * A file of one part is admitted at once. The limits are meant for transfers of several requests; single requests are
 * limited by the scheduler, whose limit is lowered at the first flood wait. With five at a time, small photos would
 * arrive at five per round trip, however fast the connection is.
 */
export class OpenFiles {
  readonly #queues = new Map<string, Queue>();
  #limits: FileLimits;

  /** @throws {ChatferryError} `USAGE` unless both limits are integers of 1 or more. */
  constructor(limits: FileLimits) {
    this.#limits = checkLimits(limits);
  }

  get limits(): FileLimits {
    return this.#limits;
  }

  /** Lowering a limit does not interrupt open files. @throws {ChatferryError} `USAGE` as the constructor does. */
  set limits(limits: FileLimits) {
    this.#limits = checkLimits(limits);
    for (const queue of this.#queues.values()) this.#grant(queue);
  }

  /**
   * Waits until a file may be fetched.
   *
   * @returns a function that has to be called when the last part has arrived or the download has failed. Further calls
   *   do nothing.
   * @throws the signal's reason, when it aborts first.
   */
  async enter({ dcId, sizeBytes, priority, signal }: FileRequest): Promise<() => void> {
    signal.throwIfAborted();
    setMaxListeners(0, signal); // There is one listener for each waiting file. That is not a leak.
    if (sizeBytes !== undefined && sizeBytes <= PART_BYTES) return () => undefined;
    const lane: PartLane = (sizeBytes ?? 0) < SMALL_FILE_BYTES ? 'small' : 'large';
    const queue = this.#queue(dcId, lane);
    await new Promise<void>((resolve, reject) => {
      const abort = (): void => {
        queue.waiting.delete(waiting);
        reject(signal.reason as Error);
      };
      const waiting: Waiting = {
        priority,
        grant: () => {
          signal.removeEventListener('abort', abort);
          resolve();
        },
      };
      signal.addEventListener('abort', abort, { once: true });
      queue.waiting.add(waiting);
      this.#grant(queue);
    });
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      queue.openCount -= 1;
      this.#grant(queue);
    };
  }

  #queue(dcId: number, lane: PartLane): Queue {
    const key = `${dcId} ${lane}`;
    let queue = this.#queues.get(key);
    if (queue === undefined) {
      queue = { lane, openCount: 0, waiting: new Set() };
      this.#queues.set(key, queue);
    }
    return queue;
  }

  #grant(queue: Queue): void {
    while (queue.openCount < this.#limits[queue.lane]) {
      let next: Waiting | undefined;
      for (const waiting of queue.waiting) if (next === undefined || waiting.priority < next.priority) next = waiting;
      if (next === undefined) return;
      queue.waiting.delete(next);
      queue.openCount += 1;
      next.grant();
    }
  }
}

function checkLimits(limits: FileLimits): FileLimits {
  for (const [lane, limit] of Object.entries(limits)) {
    if (Number.isSafeInteger(limit) && limit >= 1) continue;
    throw new ChatferryError('USAGE', `limits.${lane} must be an integer of 1 or more, got ${limit}.`);
  }
  return limits;
}
