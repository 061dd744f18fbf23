import { ChatferryError } from '../../errors/chatferry-error.js';
import type { TlObject } from '../tl/tl-object.js';

/** A request as a fault sees it. */
export interface FaultRequest {
  /** The innermost method, such as `upload.getFile`, without wrappers. */
  readonly method: string;
  readonly params: TlObject;
  readonly dcId: number;
  /** Unique per connection of this server, from 1. */
  readonly connectionId: number;
  /** Number of this call among all calls of the method since the server started, from 1. */
  readonly callNumber: number;
}

/** What happens to a request instead of its normal answer. */
export type FaultAnswer =
  /** An error with this text. `code` is by default the one that Telegram uses with it. */
  | { readonly error: string; readonly code?: number }
  /** The connection is closed. */
  | 'drop'
  /** The request is never answered. */
  | 'silent'
  /** The normal answer is delayed. */
  | { readonly delayMs: number }
  /** Another answer: an object of the method's result type, or `{ _: '#raw', bytes }`. */
  | { readonly answer: TlObject };

/** Called once per request. Undefined means the normal answer. */
export type Fault = (request: FaultRequest) => FaultAnswer | undefined;

export interface NetworkOptions {
  /**
   * Delay of each request before it is served. Requests wait concurrently, as on a real network. The key exchange and
   * messages of MTProto itself are not delayed.
   *
   * @defaultValue 0
   */
  readonly latencyMs?: number;
  /**
   * Bandwidth of each connection from the server to the client.
   *
   * @defaultValue unlimited
   */
  readonly bandwidthBytesPerSecond?: number;
  readonly fault?: Fault;
}

/** Checks the options. @throws {ChatferryError} `USAGE` if a number is out of range. */
export function checkNetworkOptions({ latencyMs, bandwidthBytesPerSecond }: NetworkOptions): void {
  if (latencyMs !== undefined && !(latencyMs >= 0 && Number.isFinite(latencyMs))) {
    throw new ChatferryError('USAGE', `latencyMs must be 0 or more, got ${latencyMs}.`);
  }
  if (bandwidthBytesPerSecond !== undefined && !(bandwidthBytesPerSecond > 0)) {
    throw new ChatferryError('USAGE', `bandwidthBytesPerSecond must be more than 0, got ${bandwidthBytesPerSecond}.`);
  }
}
