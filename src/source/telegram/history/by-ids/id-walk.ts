import { Api } from 'telegram';

import type { MessagePage } from '../message-page.js';

/** The maximum per call (https://core.telegram.org/method/channels.getMessages). */
export const IDS_PER_CALL = 100;

const MAX_ID = 0x7fff_ffff;

export interface IdWalkOptions {
  /**
   * Requests at most {@link IDS_PER_CALL} ids, which are ascending. Messages that do not exist are `messageEmpty` or
   * omitted.
   */
  readonly fetch: (ids: readonly number[]) => Promise<MessagePage>;
  /** Ids up to and including this one are skipped. 0 skips none. */
  readonly afterId: number;
  /** If given, the walk requests all ids up to this one and then ends. */
  readonly upToId?: number | undefined;
  /** Id of a message that is known to exist: the walk does not end before it. 0 if unknown. */
  readonly newestId: number;
  /** The walk ends after this many ids without a message. Not used with `upToId`. At least 1. */
  readonly maxEmptyIds: number;
  /** Maximum number of calls that run before their answers are needed. At least 1. */
  readonly maxCallsAhead: number;
}

/** A call for a range of ids, both ends included. */
interface RequestedRange {
  readonly first: number;
  readonly last: number;
  readonly page: Promise<MessagePage>;
  /** The newest id that was known when the call was made. */
  readonly knownNewestId: number;
  isAnswered: boolean;
}

/**
 * Reads the messages of a chat, or of a mailbox of many chats, in ascending order of id, without knowing which ids
 * exist.
 *
 * Ids are assigned in ascending order. An id without a message is therefore either deleted or not assigned yet. It is
 * certainly deleted if a message with a higher id was known before the call, or is in the same answer; such ids are
 * called settled. Other ids are requested again as soon as a message with a higher id appears, because their messages
 * may have arrived between two calls. So no message is missed, however many calls run concurrently.
 *
 * The walk starts with one call ahead, and doubles that number whenever its reader has to wait.
 */
export class IdWalk {
  readonly #options: IdWalkOptions;
  readonly #running = new Set<Promise<unknown>>();
  #requested: RequestedRange[] = [];
  /** All ids up to this one were requested. */
  #requestedUpTo: number;
  /** All ids up to this one are settled. */
  #settledUpTo: number;
  /** The newest id in all answers so far, including those that were not read yet. */
  #knownNewestId: number;
  #depth = 1;

  constructor(options: IdWalkOptions) {
    this.#options = options;
    this.#requestedUpTo = options.afterId;
    this.#settledUpTo = options.afterId;
    this.#knownNewestId = Math.max(options.newestId, options.afterId);
  }

  /**
   * The answers that contain a message. Ids are ascending over all answers.
   *
   * @throws the error of `fetch`, for a call whose answer is needed.
   */
  async *pages(): AsyncGenerator<MessagePage, void, void> {
    for (;;) {
      const range = this.#next();
      if (range === undefined) {
        const page = await this.#fetchUnsettled();
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

  /** Resolves when all running calls have ended, with or without success. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  /** The last id to request, according to what is known now. */
  get #end(): number {
    const { upToId, maxEmptyIds } = this.#options;
    return Math.min(MAX_ID, upToId ?? this.#knownNewestId + maxEmptyIds);
  }

  /** The next range in order. Undefined if all were requested and read. */
  #next(): RequestedRange | undefined {
    this.#requestAhead();
    const range = this.#requested.shift();
    if (range === undefined) return undefined;
    if (!range.isAnswered) this.#depth = Math.min(this.#depth * 2, this.#options.maxCallsAhead);
    this.#requestAhead();
    return range;
  }

  #requestAhead(): void {
    while (this.#requested.length < this.#depth && this.#requestedUpTo < this.#end) {
      const range = this.#request(this.#requestedUpTo + 1, Math.min(this.#requestedUpTo + IDS_PER_CALL, this.#end));
      this.#requestedUpTo = range.last;
      this.#requested.push(range);
    }
  }

  #request(first: number, last: number): RequestedRange {
    const page = this.#options.fetch(Array.from({ length: last - first + 1 }, (_, index) => first + index));
    const range: RequestedRange = { first, last, page, knownNewestId: this.#knownNewestId, isAnswered: false };
    this.#running.add(page);
    const end = (): void => {
      range.isAnswered = true;
      this.#running.delete(page);
    };
    // The reader of the range handles its failure. Failures of ranges without a reader are ignored.
    page.then((answer) => {
      this.#knownNewestId = Math.max(this.#knownNewestId, newestIn(answer));
      end();
    }, end);
    return range;
  }

  /** Requests unsettled ids up to and including `upTo` again, as their messages may have arrived meanwhile. */
  async *#settle(upTo: number): AsyncGenerator<MessagePage, void, void> {
    const ranges: RequestedRange[] = [];
    for (let requestedUpTo = this.#settledUpTo; ;) {
      while (ranges.length < this.#options.maxCallsAhead && requestedUpTo < upTo) {
        const requested = this.#request(requestedUpTo + 1, Math.min(requestedUpTo + IDS_PER_CALL, upTo));
        requestedUpTo = requested.last;
        ranges.push(requested);
      }
      const range = ranges.shift();
      if (range === undefined) return;
      const page = await range.page;
      this.#settledUpTo = range.last;
      if (newestIn(page) > 0) yield page;
    }
  }

  /** Requests the first unsettled ids once more at the end: messages that arrived during the walk have these ids. */
  async #fetchUnsettled(): Promise<MessagePage | undefined> {
    const first = this.#settledUpTo + 1;
    if (first > this.#requestedUpTo) return undefined;
    const page = await this.#request(first, Math.min(first + IDS_PER_CALL - 1, this.#requestedUpTo)).page;
    const newestId = newestIn(page);
    if (newestId === 0) return undefined;
    this.#settledUpTo = newestId;
    return page;
  }
}

/** The highest id of the messages in a page. 0 if there are none. */
function newestIn({ messages }: MessagePage): number {
  return messages.reduce(
    (newestId, { message, header }) => (message instanceof Api.MessageEmpty ? newestId : Math.max(newestId, header.id)),
    0,
  );
}
