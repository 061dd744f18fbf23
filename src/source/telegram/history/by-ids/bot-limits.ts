import type { ChatReference } from '../../../../chat/chat-reference.js';
import { ChatferryError } from '../../../../errors/chatferry-error.js';

const HOW_TO_NAME =
  'Name the chats instead: a public one by its @name or t.me link, any other by its id, such as -1001234567890 for a ' +
  'channel or supergroup, -123456 for a basic group and 123456 for a person. The Bot API sends these ids to the bot ' +
  '(`chat.id`), and `chatferry chats` lists them for a person who is in the same chats.';

/** The error for listing the chats of a bot. */
export function cannotListChats(): ChatferryError {
  return new ChatferryError(
    'USAGE',
    `This account is a bot, and Telegram does not let bots list their chats. ${HOW_TO_NAME}`,
  );
}

/** The error for a chat that a bot cannot find: its name is wrong, or can only be found in a list of chats. */
export function notFoundByBot({ meanings, text }: ChatReference): ChatferryError {
  if (meanings.some(({ kind }) => kind === 'self')) {
    const message = 'This account is a bot, and bots have no saved messages. Name another chat.';
    return new ChatferryError('CHAT_NOT_FOUND', message);
  }
  return new ChatferryError(
    'CHAT_NOT_FOUND',
    `This bot finds no chat "${text}". Either the bot is not in that chat, or the name cannot be looked up: ` +
      `Telegram does not let bots list their chats. ${HOW_TO_NAME}`,
  );
}
