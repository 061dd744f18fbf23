/**
 * Over which connection of a data centre a request goes. History and all small questions take `main`, so that they never
 * stand behind megabytes of media; parts of files take `media`.
 */
export type Lane = 'main' | 'media';

/** What a call ran into and survived, or not: food for whoever decides how many calls to make at once. */
export interface CallTrouble {
  /** `lost`: the connection ended; `server`: Telegram had trouble of its own. */
  readonly kind: 'flood-wait' | 'timeout' | 'lost' | 'server';
  /** Of a flood wait. */
  readonly waitMs?: number;
}

/** The connections for media to one data centre: they share its key, and each has a session of its own. */
export interface MediaConnections {
  readonly dcId: number;
  /** How many may be open; each is opened by the first call that needs it. Starts at 2. */
  readonly count: number;
  /** How many are open now. */
  readonly openCount: number;
  /** How many were lost, or given up because a call went unanswered, since the client was opened. */
  readonly lossCount: number;
  /** Calls on their way over one of them. `index` counts from 0. */
  callCount(index: number): number;
  /**
   * Changes `count`. A connection too many takes no more calls and is closed when it has answered those it has.
   *
   * @throws {ChatferryError} `USAGE` unless `count` is a whole number from 1 to 16.
   */
  resize(count: number): void;
}
