import { Api } from 'telegram';

import type { MessagePage } from '../message-page.js';

/** Telegram gives no more in one call (https://core.telegram.org/method/channels.getMessages). */
export const IDS_PER_CALL = 100;

const HIGHEST_ID = 0x7fff_ffff;

export interface IdWalkOptions {
  /** Asks for these ids, ascending, at most {@link IDS_PER_CALL}. What is not there is `messageEmpty` or left out. */
  readonly fetch: (ids: readonly number[]) => Promise<MessagePage>;
  /** Ids up to and including this one are left out. 0 for none. */
  readonly afterId: number;
  /** All ids up to this one are asked for, however empty, and none above it. */
  readonly upToId?: number | undefined;
  /** A message that is known to be there: the walk does not end before it. 0 where none is known. */
  readonly newestId: number;
  /** The walk ends when so many ids behind the last message hold nothing. Not used with `upToId`. At least 1. */
  readonly emptyStretch: number;
  /** The most calls that are made before their answers are needed. At least 1. */
  readonly mostAhead: number;
}

/** A call for a range of ids, both ends included. */
interface AskedRange {
  readonly first: number;
  readonly last: number;
  readonly page: Promise<MessagePage>;
  /** The newest message that was known of when this was asked. */
  readonly knownNewestId: number;
  isAnswered: boolean;
}

/**
 * Walks through the ids of a chat (or of a mailbox with many) from old to new, where nobody says which exist.
 *
 * Ids are given out in ascending order, so an id that holds nothing is one of two: deleted for good, or not given out
 * yet. It is settled as deleted when a message with a higher id was known before it was asked for, or came in the same
 * answer. Ids that are not settled are asked for again as soon as a higher message turns up: it may be that all of them
 * arrived between two calls. So no message can be passed over, however many calls are under way.
 *
 * It begins with one call ahead, and makes more for as long as its reader has to wait.
 */
export class IdWalk {
  readonly #options: IdWalkOptions;
  readonly #underWay = new Set<Promise<unknown>>();
  #asked: AskedRange[] = [];
  /** Everything up to here was asked for. */
  #askedUpTo: number;
  /** Everything up to here is known for good. */
  #settledUpTo: number;
  /** Of all answers so far, also of those that were not read yet. */
  #knownNewestId: number;
  #depth = 1;

  constructor(options: IdWalkOptions) {
    this.#options = options;
    this.#askedUpTo = options.afterId;
    this.#settledUpTo = options.afterId;
    this.#knownNewestId = Math.max(options.newestId, options.afterId);
  }

  /**
   * The answers that hold a message, ids ascending over all of them.
   *
   * @throws what `fetch` throws for a call that is needed.
   */
  async *pages(): AsyncGenerator<MessagePage, void, void> {
    for (;;) {
      const range = this.#next();
      if (range === undefined) {
        const page = await this.#lookOnceMore();
        if (page === undefined) return;
        yield page;
        continue;
      }
      const page = await range.page;
      const newestId = newestIn(page);
      const proof = Math.max(range.knownNewestId, newestId);
      if (proof >= range.first) yield* this.#settle(range.first - 1);
      if (this.#settledUpTo === range.first - 1) {
        this.#settledUpTo = Math.max(this.#settledUpTo, Math.min(range.last, proof));
      }
      if (newestId > 0) yield page;
    }
  }

  /** Resolves when no call is under way any more, however they end. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  /** The last id to ask for, as far as is known by now. */
  get #end(): number {
    const { upToId, emptyStretch } = this.#options;
    return Math.min(HIGHEST_ID, upToId ?? this.#knownNewestId + emptyStretch);
  }

  /** The next range in order. Undefined when all are asked for and read. */
  #next(): AskedRange | undefined {
    this.#askAhead();
    const range = this.#asked.shift();
    if (range === undefined) return undefined;
    if (!range.isAnswered) this.#depth = Math.min(this.#depth * 2, this.#options.mostAhead);
    this.#askAhead();
    return range;
  }

  #askAhead(): void {
    while (this.#asked.length < this.#depth && this.#askedUpTo < this.#end) {
      const range = this.#ask(this.#askedUpTo + 1, Math.min(this.#askedUpTo + IDS_PER_CALL, this.#end));
      this.#askedUpTo = range.last;
      this.#asked.push(range);
    }
  }

  #ask(first: number, last: number): AskedRange {
    const page = this.#options.fetch(Array.from({ length: last - first + 1 }, (_, index) => first + index));
    const range: AskedRange = { first, last, page, knownNewestId: this.#knownNewestId, isAnswered: false };
    this.#underWay.add(page);
    const end = (): void => {
      range.isAnswered = true;
      this.#underWay.delete(page);
    };
    // A failure is its reader's; a range that nobody reads has none.
    page.then((answer) => {
      this.#knownNewestId = Math.max(this.#knownNewestId, newestIn(answer));
      end();
    }, end);
    return range;
  }

  /** Asks again for what may have arrived since it was asked for, up to and including an id. */
  async *#settle(upTo: number): AsyncGenerator<MessagePage, void, void> {
    const ranges: AskedRange[] = [];
    for (let askedUpTo = this.#settledUpTo; ;) {
      while (ranges.length < this.#options.mostAhead && askedUpTo < upTo) {
        const asked = this.#ask(askedUpTo + 1, Math.min(askedUpTo + IDS_PER_CALL, upTo));
        askedUpTo = asked.last;
        ranges.push(asked);
      }
      const range = ranges.shift();
      if (range === undefined) return;
      const page = await range.page;
      this.#settledUpTo = range.last;
      if (newestIn(page) > 0) yield page;
    }
  }

  /** Reading up to the end takes time, and what arrived meanwhile has the first ids that were free. */
  async #lookOnceMore(): Promise<MessagePage | undefined> {
    const first = this.#settledUpTo + 1;
    if (first > this.#askedUpTo) return undefined;
    const page = await this.#ask(first, Math.min(first + IDS_PER_CALL - 1, this.#askedUpTo)).page;
    const newestId = newestIn(page);
    if (newestId === 0) return undefined;
    this.#settledUpTo = newestId;
    return page;
  }
}

/** The highest id of a page that holds a message. 0 where none does. */
function newestIn({ messages }: MessagePage): number {
  return messages.reduce(
    (newestId, { message, header }) => (message instanceof Api.MessageEmpty ? newestId : Math.max(newestId, header.id)),
    0,
  );
}
