import { Api } from 'telegram';

import { errorMessage, isChatferryError } from '../../../../errors/chatferry-error.js';
import type { TelegramClient } from '../../wire/client.js';

// What TDLib asks with for a channel of which it knows nothing, bots included.
const FIRST_PTS = 1;
const FEWEST_UPDATES = 10;

/**
 * The id of the newest message of a channel or supergroup, as far as a bot is told: whoever says that it knows nothing
 * yet is told where the channel stands (https://core.telegram.org/constructor/updates.channelDifferenceTooLong).
 *
 * @returns 0 where Telegram does not say.
 * @throws {ChatferryError} as {@link TelegramClient.call} does, where the next request would fail as well.
 */
export async function newestMessageOf(
  client: TelegramClient,
  channel: Api.TypeInputChannel,
  signal: AbortSignal,
): Promise<number> {
  const filter = new Api.ChannelMessagesFilterEmpty();
  const request = new Api.updates.GetChannelDifference({ channel, filter, pts: FIRST_PTS, limit: FEWEST_UPDATES });
  try {
    return newestIn(await client.invoke(request, { signal }));
  } catch (error) {
    const isRefused =
      isChatferryError(error, 'REMOTE_ERROR', 'NO_ACCESS', 'CHAT_NOT_FOUND', 'UNDECODABLE') && !error.retryable;
    if (!isRefused) throw error;
    client.log('debug', `The newest message is not known: ${errorMessage(error)}`);
    return 0;
  }
}

function newestIn(answer: Api.updates.TypeChannelDifference): number {
  switch (answer.className) {
    case 'updates.ChannelDifferenceEmpty':
      return 0;
    case 'updates.ChannelDifference':
      return Math.max(0, ...answer.newMessages.map(({ id }) => id));
    case 'updates.ChannelDifferenceTooLong': {
      const top = answer.dialog instanceof Api.Dialog ? answer.dialog.topMessage : 0;
      return Math.max(top, ...answer.messages.map(({ id }) => id));
    }
  }
}
