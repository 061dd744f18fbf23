import type { PeerId } from './peer.js';

/** The sender of a message: a person, a bot, a group or a channel. */
export interface Sender {
  readonly id: PeerId;
  /** First name, or title. Undefined for a deleted account. */
  readonly name?: string;
  readonly lastName?: string;
  /** Without `@`. */
  readonly username?: string;
  readonly isBot?: boolean;
  readonly isDeleted?: boolean;
}
