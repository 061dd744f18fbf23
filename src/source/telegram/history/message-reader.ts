import type { MessagePage } from './message-page.js';
import type { KnownPeer } from './peer-directory.js';

/** A chat with the input peer that requests need. */
export type RequestedPeer = Pick<KnownPeer, 'id' | 'input'>;

/** The messages of a history to read. */
export interface HistoryRange {
  /** Messages up to and including this id are skipped. 0 skips none. */
  readonly afterId: number;
  /** The last id to read, for a reader that cannot find out where a history ends. */
  readonly upToId?: number | undefined;
  /** Id of a message that is known to exist, for such a reader. @defaultValue 0, which means unknown */
  readonly newestId?: number;
  readonly signal: AbortSignal;
}

/** What is known of a history before it is read. */
export interface HistoryExtent {
  /** As the server counts. Undefined if this account does not receive counts. */
  readonly messageCount: number | undefined;
}

/** Reads histories. Accounts of people request pages. Bots may not, so they request messages by id. */
export interface MessageReader {
  /**
   * The pages of a history from old to new. Each has at least one message that is newer than all messages before it.
   * Within a page, messages are in the server's order, and older ones may be included.
   *
   * @throws {ChatferryError} as `TelegramClient.call` does; the signal's reason when it aborts.
   */
  pages(peer: RequestedPeer, range: HistoryRange): AsyncIterable<MessagePage>;

  /**
   * Checks access to a history and counts its messages. Needs one request.
   *
   * @throws {ChatferryError} `NO_ACCESS`, `CHAT_NOT_FOUND` if this account may not read the history.
   */
  extentOf(peer: RequestedPeer, signal: AbortSignal): Promise<HistoryExtent>;
}
