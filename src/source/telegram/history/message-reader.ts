import type { MessagePage } from './message-page.js';
import type { KnownPeer } from './peer-directory.js';

/** A chat with what it takes to read it. */
export type AskedPeer = Pick<KnownPeer, 'id' | 'input'>;

/** Which messages of a history are wanted. */
export interface HistoryRange {
  /** Messages up to and including this id are left out. 0 for all. */
  readonly afterId: number;
  /** Where to end, for a reader that is not told where a history does. */
  readonly upToId?: number | undefined;
  /** A message that is known to be there, for the same. @defaultValue 0, none */
  readonly newestId?: number;
  readonly signal: AbortSignal;
}

/** What is known of a history before it is read. */
export interface HistoryExtent {
  /** As the server counts. Undefined for an account that is not told. */
  readonly messageCount: number | undefined;
}

/** How an account reads histories. People ask for pages; bots, which may not, for messages by their ids. */
export interface MessageReader {
  /**
   * The pages of a history from old to new, each with at least one message newer than those before it; within a page
   * messages come in the server's order, and older ones may be among them.
   *
   * @throws {ChatferryError} as `TelegramClient.call` does; the signal's reason when it aborts.
   */
  pages(peer: AskedPeer, range: HistoryRange): AsyncIterable<MessagePage>;

  /**
   * One request.
   *
   * @throws {ChatferryError} `NO_ACCESS`, `CHAT_NOT_FOUND` when this account may not read the history.
   */
  extentOf(peer: AskedPeer, signal: AbortSignal): Promise<HistoryExtent>;
}
