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

/** The lowest message id of a channel. */
const FIRST_ID = 1;

/**
 * Whether an account now sees an older beginning of a channel than when it walked through it: the first messages are
 * not those that it saw first, or are not in the archive. Message counts do not show this if as many messages were
 * deleted meanwhile.
 *
 * Requests the first page, unless nothing can be older. Chats with ids of a mailbox hide nothing, and an account that
 * saw the first message of a channel has seen its beginning. Makes no request for bots, which would have to try every
 * id up to the first message.
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
    const known = archive.messageIds(chat.id, { first: first.id, last: last.id });
    return first.id < before || messages.some(({ id }) => !known.has(id));
  }
  return false;
}

/** `-Infinity`: unknown. Ids of an old group say nothing about the channel that it became. */
function firstSeenId({ archive, chat }: EarlierBeginningOptions, account: AccountId): number {
  const accounts = archive.chatAccounts.of(chat.id);
  const { firstMessageId = -1 } = accounts.find(({ accountId }) => accountId === account) ?? {};
  if (firstMessageId > 0) return firstMessageId;
  const isAlone = accounts.every(({ accountId }) => accountId === account);
  const hasFirst = archive.messageIds(chat.id, { first: FIRST_ID, last: FIRST_ID }).size > 0;
  return isAlone && hasFirst ? FIRST_ID : -Infinity;
}
