/**
 * The kind of connection that a request uses. History and other small requests use `main`, so that they never wait
 * behind megabytes of media; file parts use `media`.
 */
export type Lane = 'main' | 'media';

/** A failed attempt, whether or not a retry succeeds. It is input for the limit on concurrent requests. */
export interface CallTrouble {
  /** `lost`: the connection was lost; `server`: Telegram had an internal error. */
  readonly kind: 'flood-wait' | 'timeout' | 'lost' | 'server';
  /** The length of a flood wait. */
  readonly waitMs?: number;
}

/** The media connections to one data centre. They share its key; each has its own session. */
export interface MediaConnections {
  readonly dcId: number;
  /** Maximum number of connections. Each is opened by the first call that needs it. Starts at 2. */
  readonly count: number;
  /** Number of open connections. */
  readonly openCount: number;
  /** Number of connections that were lost, or closed because a call got no answer, since the client was opened. */
  readonly lossCount: number;
  /** Number of running calls of one connection. `index` counts from 0. */
  callCount(index: number): number;
  /**
   * Changes `count`. A surplus connection takes no new calls and is closed when its running calls are answered.
   *
   * @throws {ChatferryError} `USAGE` unless `count` is a whole number from 1 to 16.
   */
  resize(count: number): void;
}
