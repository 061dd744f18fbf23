import { setImmediate as turn } from 'node:timers/promises';

import type { ChatId } from '../../chat/chat-id.js';
import type { StoredChat } from '../records.js';
import type { Finding } from './finding.js';
import type { CheckedRecords, RecordCheck } from './record-check.js';

export interface RecordFindingsOptions {
  /** Called with the number of messages that were read. */
  readonly onRead: (messageCount: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Reads every record of some chats, and the records without a chat, and yields those that cannot be read. Yields to the
 * event loop between pages.
 *
 * @throws {ChatferryError} `FILE_SYSTEM`; the signal's reason when it aborts.
 */
export async function* recordFindings(
  check: RecordCheck,
  chats: readonly StoredChat[],
  options: RecordFindingsOptions,
): AsyncGenerator<Finding, void, void> {
  yield* findingsIn(check.ofAll(), undefined, options);
  for (const { chat } of chats) yield* findingsIn(check.ofChat(chat.id), chat.id, options);
}

async function* findingsIn(
  pages: Iterable<CheckedRecords>,
  chatId: ChatId | undefined,
  { onRead, signal }: RecordFindingsOptions,
): AsyncGenerator<Finding, void, void> {
  for (const { messageCount, unreadable } of pages) {
    for (const record of unreadable) {
      yield { kind: 'database', ...record, ...(chatId !== undefined && { chatId }), path: 'archive.db' };
    }
    onRead(messageCount);
    await turn();
    signal.throwIfAborted();
  }
}
