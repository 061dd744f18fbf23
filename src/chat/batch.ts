import type { Message } from './message.js';
import type { Sender } from './sender.js';

/** Up to 100 messages of one chat, oldest first, with everyone who is named in them. */
export interface Batch {
  readonly messages: readonly Message[];
  /** At most once each, in any order. */
  readonly senders: readonly Sender[];
  /**
   * Messages in the chat when this batch was fetched, as the source counts them, without those of a basic group that it was
   * made from. Absent where it does not say.
   */
  readonly serverCount?: number;
}
