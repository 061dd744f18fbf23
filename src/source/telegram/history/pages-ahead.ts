import type { MessagePage } from './message-page.js';

/** A requested page of a history: the oldest messages with an id above `start`. */
interface RequestedPage {
  readonly start: number;
  readonly page: Promise<MessagePage>;
  isAnswered: boolean;
}

export interface PagesAheadOptions {
  /** Requests the oldest messages above an id. */
  readonly fetchAfter: (id: number) => Promise<MessagePage>;
  /** Number of messages in a full page. */
  readonly pageSize: number;
  /** Maximum number of requested pages that are not read yet. A page that fills a gap is not counted. At least 1. */
  readonly maxPages: number;
}

const MAX_ID = 0x7fff_ffff;
// Few, to follow a chat whose density of ids changes; several, so that a short dense section is not forgotten at once.
const SPANS_KEPT = 4;

/**
 * Requests pages of a history before they are needed.
 *
 * The end of a page is known only when the page has arrived. But the messages above an id can be requested without the
 * page before them. So the following pages are requested at ids that are guessed from the number of ids that the last
 * pages spanned. If a guess is too low, some messages arrive twice. If it is too high, it leaves a gap, which is
 * requested separately. In both cases no message is lost: the next page to read always starts where the previous one
 * ended, or earlier.
 *
 * It starts with one page at a time, and doubles that number whenever its reader has to wait. A reader that is busy
 * with media does not need more, and Telegram limits clients that send too many requests.
 */
export class PagesAhead {
  readonly #options: PagesAheadOptions;
  /** In ascending order of `start`. */
  #requested: RequestedPage[] = [];
  readonly #running = new Set<Promise<unknown>>();
  #last: RequestedPage | undefined;
  #depth = 1;
  #spans: number[] = [];

  /** @throws {RangeError} if `maxPages` is not an integer of 1 or more. */
  constructor(options: PagesAheadOptions) {
    if (!Number.isSafeInteger(options.maxPages) || options.maxPages < 1) {
      throw new RangeError(`maxPages must be an integer of 1 or more, got ${options.maxPages}`);
    }
    this.#options = options;
  }

  /**
   * The pages above an id. Each has at least one message that is newer than all messages before it. Ends at a page
   * without new messages, if that page was requested after all others.
   *
   * @throws the error of `fetchAfter`, for a page that is needed.
   */
  async *readFrom(afterId: number): AsyncGenerator<MessagePage, void, void> {
    let reached = afterId;
    let requested = this.#request(reached);
    for (;;) {
      const page = await requested.page;
      const newest = page.messages.reduce((id, { header }) => Math.max(id, header.id), 0);
      if (newest > reached) {
        reached = newest;
        this.#requestNext(requested, page);
        yield page;
        requested = this.#covering(reached);
      } else if (requested.start === reached && requested === this.#last) {
        return;
      } else {
        // This page has nothing new, but was requested early or starts earlier. Messages may have arrived since.
        requested = this.#request(reached);
      }
    }
  }

  /** Resolves when all running requests have ended, with or without success. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  /** Removes and returns the page to read next when all ids up to `reached` are known. It starts there or earlier. */
  #covering(reached: number): RequestedPage {
    const usable = this.#requested.filter(({ start }) => start <= reached);
    this.#requested = this.#requested.filter(({ start }) => start > reached);
    // The page with the highest start reaches furthest. The others contain nothing that it does not.
    const page = usable.at(-1) ?? this.#request(reached);
    if (!page.isAnswered) this.#depth = Math.min(this.#depth * 2, this.#options.maxPages);
    return page;
  }

  #request(start: number): RequestedPage {
    const page = this.#options.fetchAfter(start);
    const requested: RequestedPage = { start, page, isAnswered: false };
    const end = (): void => {
      requested.isAnswered = true;
      this.#running.delete(page);
    };
    this.#running.add(page);
    page.then(end, end); // The reader of the page handles its failure. Failures of unread pages are ignored.
    this.#last = requested;
    return requested;
  }

  /** Requests the pages after one that was read. After a short page, only the next one, as the end may be near. */
  #requestNext({ start }: RequestedPage, { messages }: MessagePage): void {
    const ids = messages.map(({ header }) => header.id).filter((id) => id > start);
    const reached = Math.max(start, ...ids);
    const isFull = ids.length >= this.#options.pageSize;
    if (isFull) this.#spans = [...this.#spans, reached - start].slice(-SPANS_KEPT);
    if (!this.#requested.some((page) => page.start <= reached)) this.#requested.unshift(this.#request(reached));
    // The shortest span: fetching messages twice costs little, but a gap costs an extra round trip.
    const stride = Math.min(...this.#spans);
    while (isFull && Math.max(this.#requested.length, this.#running.size) < this.#depth) {
      const next = (this.#requested.at(-1)?.start ?? reached) + stride;
      if (next >= MAX_ID) return;
      this.#requested.push(this.#request(next));
    }
  }
}
