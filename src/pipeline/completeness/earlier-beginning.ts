import type { Archive } from '../../archive/archive.js';
import type { Chat } from '../../chat/chat.js';
import { type AccountId, ownerOf } from '../../chat/chat-id.js';
import type { MessageSource } from '../../source/message-source.js';
import type { SeenChat } from './seen-chat.js';

export interface EarlierBeginningOptions {
  readonly archive: Archive;
  readonly source: MessageSource;
  readonly chat: Chat;
  readonly seen: SeenChat;
  readonly signal: AbortSignal;
}

/** Nothing in a channel is older. */
const FIRST_ID = 1;

/**
 * Whether an account is shown an older beginning of a channel than when it walked through it: the first messages are not
 * those that it was shown first, or not in the archive. Numbers of messages do not tell that where as many were deleted
 * meanwhile.
 *
 * Asks for the first page, and not at all where there can be nothing older: in chats with a mailbox's ids nothing is
 * hidden, and an account that was shown the first message of a channel has seen its beginning. Bots are not asked for:
 * they would have to try every id up to the first that holds something.
 *
 * @throws what the source throws; the signal's reason when it aborts.
 */
export async function beginsEarlier(options: EarlierBeginningOptions): Promise<boolean> {
  const { archive, source, chat, seen, signal } = options;
  const wasWalked = seen.after !== undefined && seen.after > 0;
  if (!wasWalked || source.account.isBot || ownerOf(chat.id) !== undefined) return false;
  const before = firstSeenId(options, source.account.id);
  if (before === FIRST_ID) return false;
  for await (const { messages } of source.history(chat, { after: 0, signal })) {
    const [first, last] = [messages[0], messages.at(-1)];
    if (first === undefined || last === undefined) continue;
    const known = archive.messageIds(chat.id, first.id, last.id);
    return first.id < before || messages.some(({ id }) => !known.has(id));
  }
  return false;
}

/** `-Infinity`: nobody knows. Ids of an old group say nothing of the channel that it became. */
function firstSeenId({ archive, chat }: EarlierBeginningOptions, account: AccountId): number {
  const accounts = archive.chatAccounts.of(chat.id);
  const { firstMessageId = -1 } = accounts.find(({ accountId }) => accountId === account) ?? {};
  if (firstMessageId > 0) return firstMessageId;
  const isAlone = accounts.every(({ accountId }) => accountId === account);
  const hasFirst = archive.messageIds(chat.id, FIRST_ID, FIRST_ID).size > 0;
  return isAlone && hasFirst ? FIRST_ID : -Infinity;
}
