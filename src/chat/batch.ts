import type { Message } from './message.js';
import type { Sender } from './sender.js';

/** Up to 100 messages of one chat, oldest first, with all senders that they name. */
export interface Batch {
  readonly messages: readonly Message[];
  /** At most once each, in any order. */
  readonly senders: readonly Sender[];
  /**
   * Number of messages in the chat when this batch was fetched, as the source counts them, without those of the basic group
   * that it was made from. Absent where the source does not say.
   */
  readonly serverCount?: number;
}
