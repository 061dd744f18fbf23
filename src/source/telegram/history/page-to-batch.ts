import type { Batch } from '../../../chat/batch.js';
import type { ChatId } from '../../../chat/chat-id.js';
import type { Message } from '../../../chat/message.js';
import { errorMessage } from '../../../errors/chatferry-error.js';
import { convertSender } from '../convert/convert-chat.js';
import { convertMessage } from '../convert/convert-message.js';
import { TL_LAYER, type TelegramLog } from '../wire/gramjs-seams.js';
import type { MessagePage, PageMessage } from './message-page.js';

export interface PageContext {
  readonly chatId: ChatId;
  /** The bare id of the account's own user. */
  readonly selfId: string;
  /** Added to every id: `-MIGRATED_ID_OFFSET` for the basic group that a supergroup was made from. */
  readonly idOffset: number;
  readonly log: TelegramLog;
}

/**
 * Converts a page to a batch of the messages with an id above `afterId` (Telegram's id, without offset), oldest first.
 * Undefined if there are none. Deleted messages are dropped.
 */
export function pageToBatch(page: MessagePage, context: PageContext, afterId: number): Batch | undefined {
  const entries = page.messages
    .filter(({ header }) => header.id > afterId)
    .sort((one, other) => one.header.id - other.header.id)
    .filter(({ header }, index, all) => header.id !== all[index - 1]?.header.id);
  const messages = entries.map((entry) => toMessage(entry, context)).filter((message) => message !== undefined);
  if (messages.length === 0) return undefined;
  const senders = [...page.users, ...page.chats].map(convertSender).filter((sender) => sender !== undefined);
  return { messages, senders };
}

function toMessage(entry: PageMessage, context: PageContext): Message | undefined {
  const { message, raw, header } = entry;
  const { chatId, selfId, idOffset, log } = context;
  if (message === undefined) {
    log('warn', `Message ${header.id} of ${chatId} has a type that this client does not know. Its bytes are kept.`);
    return undecoded(entry, context);
  }
  try {
    return convertMessage(message, { chatId, selfId, idOffset, layer: TL_LAYER, rawBytes: () => raw });
  } catch (error) {
    // A message that cannot be converted must not end the run.
    log('warn', `Message ${header.id} of ${chatId} could not be read. Its bytes are kept: ${errorMessage(error)}`);
    return undecoded(entry, context);
  }
}

function undecoded({ header, raw }: PageMessage, { chatId, idOffset }: PageContext): Message {
  return {
    id: header.id + idOffset,
    chatId,
    kind: 'undecoded',
    dateMs: header.dateMs,
    text: { text: '', entities: [] },
    media: [],
    raw: { bytes: raw, layer: TL_LAYER },
  };
}
