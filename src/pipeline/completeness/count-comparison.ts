import type { Archive } from '../../archive/archive.js';
import type { Batch } from '../../chat/batch.js';
import type { Chat } from '../../chat/chat.js';
import type { AccountId } from '../../chat/chat-id.js';
import { type MessageCounts, shortfall } from './completeness.js';
import type { SeenChat } from './seen-chat.js';

export interface CountComparisonOptions {
  readonly archive: Archive;
  readonly account: AccountId;
  readonly chat: Chat;
  readonly seen: SeenChat;
}

/**
 * Compares, from run to run, the number of messages that the source counts in one chat for one account with the number
 * in the archive. Sends no requests: the numbers come with other answers.
 */
export class CountComparison {
  readonly #options: CountComparisonOptions;
  /** Without the messages of an old group. Undefined until the source has reported it. */
  #ownCount: number | undefined;

  constructor(options: CountComparisonOptions) {
    this.#options = options;
    const { messageCount, migratedMessageCount = 0 } = options.chat;
    if (messageCount !== undefined) this.#ownCount = messageCount - migratedMessageCount;
  }

  /** Passes a history on, and notes the count in its newest batch. */
  async *watched(batches: AsyncIterable<Batch>): AsyncGenerator<Batch, void, void> {
    for await (const batch of batches) {
      this.#ownCount = batch.serverCount ?? this.#ownCount;
      yield batch;
    }
  }

  /** Messages behind the cursor that the archive should have and does not have; see {@link shortfall}. */
  missingCount(): number {
    const { archive, account, chat } = this.#options;
    const now = this.#counts();
    return now === undefined ? 0 : shortfall(now, archive.chatAccounts.one(chat.id, account)?.counts);
  }

  /** Stores the current counts. Messages that are missing now are not reported again. */
  settle(): void {
    const { archive, account, chat } = this.#options;
    const now = this.#counts();
    if (now !== undefined) archive.chatAccounts.compared(chat.id, account, { ...now, checkedAtMs: Date.now() });
  }

  #counts(): MessageCounts | undefined {
    const { archive, chat, seen } = this.#options;
    if (this.#ownCount === undefined) return undefined;
    const archiveCount = archive.messageCount(chat.id);
    if (seen.hasOldGroup) {
      return { serverCount: this.#ownCount + (chat.migratedMessageCount ?? 0), archiveCount };
    }
    return { serverCount: this.#ownCount, archiveCount: archiveCount - archive.messageCountBefore(chat.id, 0) };
  }
}
