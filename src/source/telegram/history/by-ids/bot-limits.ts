import type { ChatReference } from '../../../../chat/chat-reference.js';
import { ChatferryError } from '../../../../errors/chatferry-error.js';

const HOW_TO_NAME =
  'Name the chats instead: a public one by its @name or t.me link, any other by its id, such as -1001234567890 for a ' +
  'channel or supergroup, -123456 for a basic group and 123456 for a person. The ids are in what the Bot API sends the ' +
  'bot (`chat.id`), and `chatferry chats` of a person in the same chat lists them.';

/** For who asks a bot's account for all its chats. */
export function cannotListChats(): ChatferryError {
  return new ChatferryError('USAGE', `This account is a bot, and Telegram lists no chats to bots. ${HOW_TO_NAME}`);
}

/** For who asks a bot's account for a chat by a name that only a list of chats could lead to, or by a wrong one. */
export function notFoundByBot({ meanings, text }: ChatReference): ChatferryError {
  if (meanings.some(({ kind }) => kind === 'self')) {
    const message = 'This account is a bot, and bots have no saved messages. Name another chat.';
    return new ChatferryError('CHAT_NOT_FOUND', message);
  }
  return new ChatferryError(
    'CHAT_NOT_FOUND',
    `This bot finds no chat "${text}": it is not in it, or only a list of its chats would tell. ` +
      `Telegram lists no chats to bots. ${HOW_TO_NAME}`,
  );
}
