import { setMaxListeners } from 'node:events';

import { ChatferryError } from '../../../errors/chatferry-error.js';
import { type PartLane, SMALL_FILE_BYTES } from './part-scheduler.js';
import { PART_BYTES } from './part-plan.js';

/** Files at once from one data centre, by lane. */
export type FileLimits = Readonly<Record<PartLane, number>>;

/** A file that wants to be fetched. */
export interface FileAsk {
  readonly dcId: number;
  /** Undefined where it is not announced. */
  readonly sizeBytes: number | undefined;
  /** Lower goes first. */
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
 * Keeps the files that are being fetched from one data centre to the number that Telegram asks clients for: some below
 * 20 MB and some from there on (https://core.telegram.org/api/files#downloading-files calls it a soft limit,
 * https://core.telegram.org/api/config#small-queue-max-active-operations-count). The lowest priority goes first.
 *
 * A file that is one part is let through at once. The limits are meant for transfers that go on, and a single request is
 * none: how many of those are under way is what the scheduler decides, which shrinks with the first flood wait. Held to
 * five at a time, small photos would come at five a round trip however fast the line.
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

  /** What is open goes on where they become less. @throws {ChatferryError} `USAGE` as the constructor does. */
  set limits(limits: FileLimits) {
    this.#limits = checkLimits(limits);
    for (const queue of this.#queues.values()) this.#grant(queue);
  }

  /**
   * Waits for the turn of a file.
   *
   * @returns what has to be called when its last part is there, or none will come. Further calls do nothing.
   * @throws the signal's reason, when it aborts first.
   */
  async enter({ dcId, sizeBytes, priority, signal }: FileAsk): Promise<() => void> {
    signal.throwIfAborted();
    setMaxListeners(0, signal); // One listener for each file that waits is no leak.
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
