import type { Api } from 'telegram';

import type { Chat, ChatKind } from '../../../chat/chat.js';
import { peerId, type PeerId } from '../../../chat/peer.js';
import { chatIdOf } from '../../../chat/chat-id.js';
import type { Sender } from '../../../chat/sender.js';
import { filled, flag, present } from './convert-absent.js';
import { channelPeer, userPeer } from './convert-peer.js';

/** The account that collects replies to the user's comments in channels. Telegram Desktop also hard-codes this id. */
const REPLIES_USER_ID = '1271266957';
/** The account that forwards verification codes. Telegram Desktop also hard-codes this id. */
const VERIFICATION_CODES_USER_ID = '489000';

/** Facts about a chat that its peer object does not contain. */
export interface ConvertChatOptions {
  /** The bare id of the account's own user. Its private chat with itself is "Saved Messages". */
  readonly selfId: string;
  readonly messageCount?: number | undefined;
  readonly migratedFrom?: PeerId | undefined;
  readonly migratedMessageCount?: number | undefined;
  readonly lastMessageDateMs?: number | undefined;
}

/**
 * Converts a user, group or channel to a chat, also if it is deleted or forbidden. A basic group of which Telegram
 * sends only the id (`chatEmpty`) has no title.
 */
export function convertChat(peer: Api.TypeUser | Api.TypeChat, options: ConvertChatOptions): Chat {
  const { messageCount, migratedFrom, migratedMessageCount, lastMessageDateMs } = options;
  const described = describe(peer, options.selfId);
  const id = chatIdOf(described.peerId, options.selfId);
  return present<Chat>({ id, ...described, messageCount, migratedFrom, migratedMessageCount, lastMessageDateMs });
}

/** Converts a user, group or channel to a sender of messages. Undefined for `chatEmpty`. */
export function convertSender(peer: Api.TypeUser | Api.TypeChat): Sender | undefined {
  switch (peer.className) {
    case 'UserEmpty':
      return { id: userPeer(peer.id), isDeleted: true };
    case 'User':
      return present<Sender>({
        id: userPeer(peer.id),
        name: filled(peer.firstName),
        lastName: filled(peer.lastName),
        username: usernameOf(peer),
        isBot: flag(peer.bot),
        isDeleted: flag(peer.deleted),
      });
    case 'Chat':
    case 'ChatForbidden':
      return { id: peerId('chat', peer.id.toString()), name: peer.title };
    case 'Channel':
      return present<Sender>({ id: channelPeer(peer.id), name: peer.title, username: usernameOf(peer) });
    case 'ChannelForbidden':
      return { id: channelPeer(peer.id), name: peer.title };
    case 'ChatEmpty':
      return undefined;
  }
}

function describe(peer: Api.TypeUser | Api.TypeChat, selfId: string): Omit<Chat, 'id'> {
  switch (peer.className) {
    case 'UserEmpty':
      return { peerId: userPeer(peer.id), kind: kindOfUser(peer, selfId), title: '', isPublic: false };
    case 'User': {
      const username = usernameOf(peer);
      return present<Omit<Chat, 'id'>>({
        peerId: userPeer(peer.id),
        kind: kindOfUser(peer, selfId),
        title: peer.firstName ?? '',
        lastName: filled(peer.lastName),
        username,
        isPublic: username !== undefined,
      });
    }
    case 'Chat':
      return {
        peerId: peerId('chat', peer.id.toString()),
        kind: 'basic-group',
        title: peer.title,
        isPublic: false,
        memberCount: peer.participantsCount,
      };
    case 'ChatForbidden':
      return { peerId: peerId('chat', peer.id.toString()), kind: 'basic-group', title: peer.title, isPublic: false };
    case 'Channel': {
      const username = usernameOf(peer);
      return present<Omit<Chat, 'id'>>({
        peerId: channelPeer(peer.id),
        kind: peer.broadcast === true ? 'channel' : peer.forum === true ? 'forum' : 'supergroup',
        title: peer.title,
        username,
        isPublic: username !== undefined,
        memberCount: peer.participantsCount,
      });
    }
    case 'ChannelForbidden': {
      const kind = peer.broadcast === true ? 'channel' : 'supergroup';
      return { peerId: channelPeer(peer.id), kind, title: peer.title, isPublic: false };
    }
    case 'ChatEmpty':
      return { peerId: peerId('chat', peer.id.toString()), kind: 'basic-group', title: '', isPublic: false };
  }
}

function kindOfUser(user: Api.TypeUser, selfId: string): ChatKind {
  switch (user.id.toString()) {
    case selfId:
      return 'saved-messages';
    case REPLIES_USER_ID:
      return 'replies';
    case VERIFICATION_CODES_USER_ID:
      return 'verification-codes';
    default:
      return user.className === 'User' && user.bot === true ? 'bot' : 'private';
  }
}

/** Peers with several usernames have them in a list instead of the single field. Only active ones can be resolved. */
function usernameOf({ username, usernames }: Api.User | Api.Channel): string | undefined {
  return filled(username) ?? usernames?.find(({ active }) => active === true)?.username;
}
