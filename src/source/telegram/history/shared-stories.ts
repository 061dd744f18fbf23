import { Api } from 'telegram';

import { errorMessage, isChatferryError } from '../../../errors/chatferry-error.js';
import type { PeerId } from '../../../chat/peer.js';
import type { TelegramClient } from '../wire/client.js';
import type { MessagePage } from './message-page.js';
import { idOfPeer, PeerDirectory } from './peer-directory.js';

/** The maximum: more return STORIES_TOO_MUCH (https://core.telegram.org/method/stories.getStoriesByID). */
const MAX_AT_ONCE = 100;

/**
 * Fetches the stories that messages of a page share, and adds them to the messages. Telegram usually sends only the
 * owner and the id of a story. Messages with expired, deleted or inaccessible stories stay unchanged.
 *
 * @param knownPeers - Used for owners that the page does not describe in full.
 * @throws {ChatferryError} as {@link TelegramClient.call} does, for errors that the next request would meet as well.
 */
export async function fetchSharedStories(
  client: TelegramClient,
  page: MessagePage,
  { knownPeers, signal }: { readonly knownPeers: PeerDirectory; readonly signal: AbortSignal },
): Promise<void> {
  const shares = page.messages.map(({ message }) => shareOf(message)).filter((share) => share !== undefined);
  if (shares.length === 0) return;
  const peers = new PeerDirectory();
  peers.add([...page.users, ...page.chats]);
  for (const [owner, ofOwner] of byOwner(shares)) {
    const peer = (peers.get(owner) ?? knownPeers.get(owner))?.input;
    if (peer === undefined) continue;
    const ids = [...new Set(ofOwner.map(({ id }) => id))];
    for (let start = 0; start < ids.length; start += MAX_AT_ONCE) {
      const found = await storiesById(client, { peer, id: ids.slice(start, start + MAX_AT_ONCE) }, signal);
      for (const share of ofOwner) {
        const story = found.get(share.id);
        if (story !== undefined) share.story = story;
      }
    }
  }
}

/** The shared story of a message, if the message does not contain it. */
function shareOf(message: Api.TypeMessage | undefined): Api.MessageMediaStory | undefined {
  if (!(message instanceof Api.Message) || !(message.media instanceof Api.MessageMediaStory)) return undefined;
  const { story } = message.media;
  const isIncluded = story instanceof Api.StoryItem || story instanceof Api.StoryItemDeleted;
  return isIncluded ? undefined : message.media;
}

function byOwner(shares: readonly Api.MessageMediaStory[]): ReadonlyMap<PeerId, readonly Api.MessageMediaStory[]> {
  const grouped = new Map<PeerId, Api.MessageMediaStory[]>();
  for (const share of shares) {
    const owner = idOfPeer(share.peer);
    const others = grouped.get(owner);
    if (others === undefined) grouped.set(owner, [share]);
    else others.push(share);
  }
  return grouped;
}

async function storiesById(
  client: TelegramClient,
  stories: { readonly peer: Api.TypeInputPeer; readonly id: number[] },
  signal: AbortSignal,
): Promise<ReadonlyMap<number, Api.StoryItem>> {
  try {
    const answer = await client.invoke(new Api.stories.GetStoriesByID(stories), { signal });
    const items = answer.stories.filter((story) => story instanceof Api.StoryItem);
    return new Map(items.map((story) => [story.id, story]));
  } catch (error) {
    // The owner is deleted or private, or the account is a bot. The message itself is still exported.
    const isRefused = isChatferryError(error, 'NO_ACCESS', 'CHAT_NOT_FOUND', 'REMOTE_ERROR') && !error.retryable;
    if (!isRefused) throw error;
    client.log('debug', `Shared stories could not be read: ${errorMessage(error)}`);
    return new Map();
  }
}
