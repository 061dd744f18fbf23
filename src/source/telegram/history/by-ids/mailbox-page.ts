import { Api } from 'telegram';
import bigInt from 'big-integer';

import { parsePeerId, type PeerId } from '../../../../chat/peer.js';
import type { MessagePage, PageMessage } from '../message-page.js';
import { idOfPeer } from '../peer-directory.js';

/**
 * The part of an answer of `messages.getMessages` that is of one chat: the method takes no peer, and finds ids in every
 * private chat and basic group of the account.
 */
export function onlyOfChat(page: MessagePage, chatId: PeerId): MessagePage {
  const named = tlPeer(chatId).getBytes();
  return { ...page, messages: page.messages.filter((entry) => isOfChat(entry, chatId, named)) };
}

/** What is empty is of no chat. A message that cannot be read is of each chat that it names, rather than of none. */
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
