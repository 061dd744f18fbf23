import type { Api } from 'telegram';

import type { ChatId } from '../../../chat/chat-id.js';
import type { Message } from '../../../chat/message.js';
import { peerId, type PeerId } from '../../../chat/peer.js';
import { filled, flag, present } from './convert-absent.js';
import { convertButtons } from './convert-buttons.js';
import { convertContent } from './convert-content.js';
import { convertForward } from './convert-forward.js';
import { convertMedia, NO_MEDIA } from './convert-media.js';
import { convertPeer, userPeer } from './convert-peer.js';
import { convertReactions } from './convert-reactions.js';
import { convertReply, convertTopicId, type ReplyPlace } from './convert-reply.js';
import { convertService, convertServiceMedia } from './service/convert-service.js';
import { convertText, EMPTY_TEXT } from './convert-text.js';

/** Facts that a message object does not contain. One object serves a whole history. */
export interface ConvertContext {
  /** The chat that the message is stored under. */
  readonly chatId: ChatId;
  /** The bare id of the account's own user. */
  readonly selfId: string;
  /** The TL layer of the raw bytes. */
  readonly layer: number;
  /**
   * Added to the id of every message of this history, and to ids that refer to such messages: `-MIGRATED_ID_OFFSET` for
   * the basic group that a supergroup was made from.
   *
   * @defaultValue 0
   */
  readonly idOffset?: number;
  /** The boxed TL bytes that the message was read from. */
  rawBytes(message: Api.TypeMessage): Uint8Array;
}

/** Converts a message of Telegram to a message of the domain. Undefined for a deleted one (`messageEmpty`). */
export function convertMessage(message: Api.TypeMessage, context: ConvertContext): Message | undefined {
  switch (message.className) {
    case 'Message':
      return convertOrdinary(message, context);
    case 'MessageService':
      return convertServiceMessage(message, context);
    default:
      return undefined;
  }
}

function convertOrdinary(message: Api.Message, context: ConvertContext): Message {
  const { media, replyTo } = replyAndMedia(message);
  const place = placeOf(message, context);
  return present<Message>({
    id: message.id + place.idOffset,
    chatId: context.chatId,
    kind: media?.className === 'MessageMediaUnsupported' ? 'unsupported' : 'message',
    dateMs: message.date * 1000,
    editDateMs: message.editDate == null ? undefined : message.editDate * 1000,
    senderId: senderOf(message, place.peer, context),
    postAuthor: filled(message.postAuthor),
    text: convertText(message.message, message.entities),
    reply: replyTo == null ? undefined : convertReply(replyTo, place),
    forward: message.fwdFrom == null ? undefined : convertForward(message.fwdFrom),
    viaBotId: message.viaBotId == null ? undefined : userPeer(message.viaBotId),
    albumId: message.groupedId?.toString(),
    topicId: replyTo == null ? undefined : convertTopicId(replyTo, place),
    viewCount: message.views,
    forwardCount: message.forwards,
    replyCount: message.replies?.replies,
    isOutgoing: flag(message.out),
    isPinned: flag(message.pinned),
    isSilent: flag(message.silent),
    reactions: message.reactions == null ? undefined : convertReactions(message.reactions),
    media: media == null ? NO_MEDIA : convertMedia(media),
    content: media == null ? undefined : convertContent(media),
    buttons: message.replyMarkup == null ? undefined : convertButtons(message.replyMarkup),
    raw: { bytes: context.rawBytes(message), layer: context.layer },
  });
}

function convertServiceMessage(message: Api.MessageService, context: ConvertContext): Message {
  const { replyTo } = replyAndMedia(message);
  const place = placeOf(message, context);
  const { action } = message;
  const id = message.id + place.idOffset;
  const reply = replyTo == null ? undefined : convertReply(replyTo, place);
  return present<Message>({
    id,
    chatId: context.chatId,
    kind: 'service',
    dateMs: message.date * 1000,
    senderId: senderOf(message, place.peer, context),
    text: EMPTY_TEXT,
    reply,
    topicId: action.className === 'MessageActionTopicCreate' ? id : replyTo && convertTopicId(replyTo, place),
    isOutgoing: flag(message.out),
    isSilent: flag(message.silent),
    reactions: message.reactions == null ? undefined : convertReactions(message.reactions),
    media: convertServiceMedia(action),
    service: convertService(action, reply),
    raw: { bytes: context.rawBytes(message), layer: context.layer },
  });
}

/** Corrects the types of gramjs, which omit replies to stories and the null of an absent field. */
function replyAndMedia(message: Api.Message | Api.MessageService): {
  readonly media?: Api.TypeMessageMedia | null | undefined;
  readonly replyTo?: Api.TypeMessageReplyHeader | null | undefined;
} {
  return message;
}

function placeOf(message: Api.Message | Api.MessageService, { idOffset = 0 }: ConvertContext): ReplyPlace {
  return { peer: convertPeer(message.peerId), idOffset };
}

/** Telegram omits the sender in private chats, and if the channel or group itself is the sender. */
function senderOf(message: Api.Message | Api.MessageService, peer: PeerId, { selfId }: ConvertContext): PeerId {
  if (message.fromId != null) {
    return convertPeer(message.fromId);
  }
  return message.out === true && message.peerId.className === 'PeerUser' ? peerId('user', selfId) : peer;
}
