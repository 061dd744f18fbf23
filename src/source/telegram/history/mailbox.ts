import { Api } from 'telegram';

import { MIGRATED_ID_OFFSET } from '../../../chat/chat.js';
import type { MailboxMessage } from '../../live-source.js';
import type { TelegramClient } from '../wire/client.js';
import { filterByChat } from './by-ids/mailbox-page.js';
import { readMessages } from './history.js';
import type { MessagePage, PageMessage } from './message-page.js';
import { idOfPeer, inputChannel, type KnownPeer } from './peer-directory.js';

/** A page of messages of one chat. */
export interface ChatMessagesPage {
  readonly page: MessagePage;
  /** Added to Telegram's ids: `-MIGRATED_ID_OFFSET` for messages of the basic group that a supergroup was made from. */
  readonly idOffset: number;
}

/**
 * Fetches single messages of a chat by their ids in the archive, in ascending order. Ids of basic groups and private
 * chats refer to the whole mailbox, so messages of other chats are dropped.
 *
 * @throws {ChatferryError} as {@link TelegramClient.call} does; the signal's reason when it aborts.
 */
export async function* readChatMessages(
  client: TelegramClient,
  { peer: { id, input }, ids }: { readonly peer: KnownPeer; readonly ids: readonly number[] },
  signal: AbortSignal,
): AsyncGenerator<ChatMessagesPage, void, void> {
  const ascending = [...new Set(ids)].sort((one, other) => one - other);
  const channel = inputChannel(input);
  const before = ascending.filter((messageId) => messageId < 0).map((messageId) => messageId + MIGRATED_ID_OFFSET);
  for await (const page of readMessages(client, { channel: undefined, ids: before }, signal)) {
    yield { page: { ...page, messages: page.messages.filter(isInGroup) }, idOffset: -MIGRATED_ID_OFFSET };
  }
  const own = ascending.filter((messageId) => messageId > 0);
  for await (const page of readMessages(client, { channel, ids: own }, signal)) {
    yield { page: channel === undefined ? filterByChat(page, id) : page, idOffset: 0 };
  }
}

/** The chat and date of messages in the account's mailbox. Deleted and unreadable messages are omitted. */
export async function readMailbox(
  client: TelegramClient,
  ids: readonly number[],
  signal: AbortSignal,
): Promise<readonly MailboxMessage[]> {
  const found: MailboxMessage[] = [];
  for await (const { messages } of readMessages(client, { channel: undefined, ids }, signal)) {
    for (const { message } of messages) {
      if (message === undefined || message instanceof Api.MessageEmpty) continue;
      found.push({ id: message.id, peerId: idOfPeer(message.peerId), dateMs: message.date * 1000 });
    }
  }
  return found;
}

/** Unreadable messages are kept, as their chat is unknown. */
function isInGroup({ message }: PageMessage): boolean {
  if (message === undefined || message instanceof Api.MessageEmpty) return true;
  return message.peerId instanceof Api.PeerChat;
}
