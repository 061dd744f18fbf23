import { ChatferryError } from '../../errors/chatferry-error.js';
import type { TlObject } from '../tl/tl-object.js';

/** A request as a fault sees it. */
export interface FaultRequest {
  /** The innermost method, such as `upload.getFile`: wrappers are taken off. */
  readonly method: string;
  readonly params: TlObject;
  readonly dcId: number;
  /** Unique per connection of this server, from 1. */
  readonly connectionId: number;
  /** This is the nth call of this method since the server started, from 1. */
  readonly callNumber: number;
}

/** What happens to a request instead of, or before, its answer. */
export type FaultAnswer =
  /** An error text; `code` by default the one that Telegram sends along with it. */
  | { readonly error: string; readonly code?: number }
  /** The connection is cut. */
  | 'drop'
  /** No answer, ever. */
  | 'silent'
  /** The right answer, later. */
  | { readonly delayMs: number }
  /** Another answer: an object of the type that the method returns, or `{ _: '#raw', bytes }`. */
  | { readonly answer: TlObject };

/** Called once per request. Undefined leaves it alone. */
export type Fault = (request: FaultRequest) => FaultAnswer | undefined;

export interface NetworkOptions {
  /**
   * How long each request waits before it is served. Requests wait side by side, as on a real line. The key exchange
   * and MTProto's own messages do not wait.
   *
   * @defaultValue 0
   */
  readonly latencyMs?: number;
  /**
   * What one connection carries from the server to the client.
   *
   * @defaultValue unlimited
   */
  readonly bandwidthBytesPerSecond?: number;
  readonly fault?: Fault;
}

/** @throws {ChatferryError} `USAGE` when a number is no sensible one. */
export function checkNetworkOptions({ latencyMs, bandwidthBytesPerSecond }: NetworkOptions): void {
  if (latencyMs !== undefined && !(latencyMs >= 0 && Number.isFinite(latencyMs))) {
    throw new ChatferryError('USAGE', `latencyMs must be 0 or more, got ${latencyMs}.`);
  }
  if (bandwidthBytesPerSecond !== undefined && !(bandwidthBytesPerSecond > 0)) {
    throw new ChatferryError('USAGE', `bandwidthBytesPerSecond must be more than 0, got ${bandwidthBytesPerSecond}.`);
  }
}
