import { Api } from 'telegram';

import { errorMessage, isChatferryError } from '../../../../errors/chatferry-error.js';
import type { TelegramClient } from '../../wire/client.js';

// The value that TDLib uses for a channel that it knows nothing about, also for bots.
const FIRST_PTS = 1;
const MIN_UPDATES = 10;

/**
 * The id of the newest message of a channel or supergroup, for a bot. A client that reports no known state receives the
 * current state of the channel (https://core.telegram.org/constructor/updates.channelDifferenceTooLong).
 *
 * @returns 0 if Telegram does not report it.
 * @throws {ChatferryError} as {@link TelegramClient.call} does, for errors that the next request would meet as well.
 */
export async function newestMessageOf(
  client: TelegramClient,
  channel: Api.TypeInputChannel,
  signal: AbortSignal,
): Promise<number> {
  const filter = new Api.ChannelMessagesFilterEmpty();
  const request = new Api.updates.GetChannelDifference({ channel, filter, pts: FIRST_PTS, limit: MIN_UPDATES });
  try {
    return newestIn(await client.invoke(request, { signal }));
  } catch (error) {
    const isRefused =
      isChatferryError(error, 'REMOTE_ERROR', 'NO_ACCESS', 'CHAT_NOT_FOUND', 'UNDECODABLE') && !error.retryable;
    if (!isRefused) throw error;
    client.log('debug', `The newest message of the channel is unknown: ${errorMessage(error)}`);
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
