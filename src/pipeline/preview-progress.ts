import type { ChatId } from '../chat/chat-id.js';
import type { RunEvents } from './export-progress.js';

const REPORT_INTERVAL_MS = 200;

/** Reports how many contents of a chat have previews, at most a few times a second. Purely event-driven: no timers. */
export class PreviewProgress {
  readonly #chatId: ChatId;
  readonly #reporter: RunEvents;
  #doneCount = 0;
  #totalCount: number | undefined;
  #reportedAtMs = -Infinity;

  constructor(chatId: ChatId, reporter: RunEvents) {
    this.#chatId = chatId;
    this.#reporter = reporter;
  }

  /** One more content is done. */
  step(): void {
    this.#doneCount += 1;
    if (performance.now() - this.#reportedAtMs >= REPORT_INTERVAL_MS) this.#report();
  }

  /** Sets how many are still to be done, once no more media come. */
  remaining(count: number): void {
    if (count === 0) return;
    this.#totalCount = this.#doneCount + count;
    this.#report();
  }

  /** Reports the final counts, if there was anything to do. */
  finish(): void {
    if (this.#doneCount > 0) this.#report();
  }

  #report(): void {
    this.#reportedAtMs = performance.now();
    this.#reporter.event({
      type: 'previews',
      chatId: this.#chatId,
      doneCount: this.#doneCount,
      ...(this.#totalCount === undefined ? {} : { totalCount: this.#totalCount }),
    });
  }
}
