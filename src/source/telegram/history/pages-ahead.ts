import type { MessagePage } from './message-page.js';

/** A page of a history that was asked for: the oldest messages with an id above `start`. */
interface AskedPage {
  readonly start: number;
  readonly page: Promise<MessagePage>;
  isAnswered: boolean;
}

export interface PagesAheadOptions {
  /** Asks for the oldest messages above an id. */
  readonly fetchAfter: (id: number) => Promise<MessagePage>;
  /** How many messages a page has when it is not cut short. */
  readonly pageSize: number;
  /** The most pages that are asked for and not yet taken; one that fills a gap comes above that. At least 1. */
  readonly mostPages: number;
}

const HIGHEST_ID = 0x7fff_ffff;
// Few enough to follow a chat whose density changes, enough that one dense stretch is not forgotten at once.
const SPANS_KEPT = 4;

/**
 * Asks for pages of a history before they are needed.
 *
 * Where a page will end is known only when it is there. But the messages above an id are found without the page before
 * them, so the next pages are asked for at ids that are guessed from how many ids the last ones spanned. A guess that
 * is too low brings some messages twice; one that is too high leaves a gap, which is then asked for by itself. Neither can lose one: what is taken is always a page that begins where the last one ended, or
 * before that.
 *
 * It begins with one page, and asks for more at a time for as long as its reader has to wait: a reader that is busy
 * with media does not need them, and Telegram limits who asks too often.
 */
export class PagesAhead {
  readonly #options: PagesAheadOptions;
  /** By ascending start. */
  #asked: AskedPage[] = [];
  readonly #underWay = new Set<Promise<unknown>>();
  #last: AskedPage | undefined;
  #depth = 1;
  #spans: number[] = [];

  /** @throws {RangeError} when `mostPages` is not a whole number from 1 up. */
  constructor(options: PagesAheadOptions) {
    if (!Number.isSafeInteger(options.mostPages) || options.mostPages < 1) {
      throw new RangeError(`mostPages must be a whole number from 1 up, got ${options.mostPages}`);
    }
    this.#options = options;
  }

  /**
   * The pages above an id, each with at least one message newer than those before it. It ends at a page without anything
   * new that was asked for after all others.
   *
   * @throws what `fetchAfter` throws for a page that is needed.
   */
  async *readFrom(afterId: number): AsyncGenerator<MessagePage, void, void> {
    let reached = afterId;
    let asked = this.#ask(reached);
    for (;;) {
      const page = await asked.page;
      const newest = page.messages.reduce((id, { header }) => Math.max(id, header.id), 0);
      if (newest > reached) {
        reached = newest;
        this.#goOn(asked, page);
        yield page;
        asked = this.#covering(reached);
      } else if (asked.start === reached && asked === this.#last) {
        return;
      } else {
        // Nothing new in a page that was asked for early, or that began earlier: messages may have arrived since.
        asked = this.#ask(reached);
      }
    }
  }

  /** Resolves when no request is under way any more, however they end. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  /** The page to read next when everything up to `reached` is known; it begins there or before. It is taken out. */
  #covering(reached: number): AskedPage {
    const usable = this.#asked.filter(({ start }) => start <= reached);
    this.#asked = this.#asked.filter(({ start }) => start > reached);
    // The one that begins last goes furthest, and the others hold nothing new beside it.
    const page = usable.at(-1) ?? this.#ask(reached);
    if (!page.isAnswered) this.#depth = Math.min(this.#depth * 2, this.#options.mostPages);
    return page;
  }

  #ask(start: number): AskedPage {
    const page = this.#options.fetchAfter(start);
    const asked: AskedPage = { start, page, isAnswered: false };
    const end = (): void => {
      asked.isAnswered = true;
      this.#underWay.delete(page);
    };
    this.#underWay.add(page);
    page.then(end, end); // A failure is its reader's; a page that nobody reads has none.
    this.#last = asked;
    return asked;
  }

  /** Asks for the pages after one that was read. After one cut short only for the very next: the end may be near. */
  #goOn({ start }: AskedPage, { messages }: MessagePage): void {
    const ids = messages.map(({ header }) => header.id).filter((id) => id > start);
    const reached = Math.max(start, ...ids);
    const isFull = ids.length >= this.#options.pageSize;
    if (isFull) this.#spans = [...this.#spans, reached - start].slice(-SPANS_KEPT);
    if (!this.#asked.some((asked) => asked.start <= reached)) this.#asked.unshift(this.#ask(reached));
    // The shortest of them: what comes twice costs a little, a gap costs a wait.
    const stride = Math.min(...this.#spans);
    while (isFull && Math.max(this.#asked.length, this.#underWay.size) < this.#depth) {
      const next = (this.#asked.at(-1)?.start ?? reached) + stride;
      if (next >= HIGHEST_ID) return;
      this.#asked.push(this.#ask(next));
    }
  }
}
