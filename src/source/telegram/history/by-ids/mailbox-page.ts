import { Api } from 'telegram';
import bigInt from 'big-integer';

import { parsePeerId, type PeerId } from '../../../../chat/peer.js';
import type { MessagePage, PageMessage } from '../message-page.js';
import { idOfPeer } from '../peer-directory.js';

/**
 * The messages of one chat in an answer of `messages.getMessages`. The method takes no peer, and returns messages of
 * every private chat and basic group of the account.
 */
export function filterByChat(page: MessagePage, chatId: PeerId): MessagePage {
  const named = tlPeer(chatId).getBytes();
  return { ...page, messages: page.messages.filter((entry) => isOfChat(entry, chatId, named)) };
}

/** An empty message belongs to no chat. An unreadable message is assigned to every chat whose id it contains. */
function isOfChat({ message, raw }: PageMessage, chatId: PeerId, named: Buffer): boolean {
  if (message instanceof Api.MessageEmpty) return false;
  if (message === undefined) return raw.includes(named);
  return idOfPeer(message.peerId) === chatId;
}

function tlPeer(chatId: PeerId): Api.TypePeer {
  const { kind, id } = parsePeerId(chatId);
  switch (kind) {
    case 'user':
      return new Api.PeerUser({ userId: bigInt(id) });
    case 'chat':
      return new Api.PeerChat({ chatId: bigInt(id) });
    case 'channel':
      return new Api.PeerChannel({ channelId: bigInt(id) });
  }
}
