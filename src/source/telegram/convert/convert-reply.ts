import type { Api } from 'telegram';

import type { Reply } from '../../../chat/message.js';
import type { PeerId } from '../../../chat/peer.js';
import { present } from './convert-absent.js';
import { convertForward } from './convert-forward.js';
import { convertOptionalPeer, convertPeer } from './convert-peer.js';
import { convertText } from './convert-text.js';

/** The history that contains a reply. */
export interface ReplyPlace {
  /** The peer that Telegram stores the reply under. */
  readonly peer: PeerId;
  /** Added to the ids of messages of the same history. */
  readonly idOffset: number;
}

/** TL `MessageReplyHeader`. */
export function convertReply(header: Api.TypeMessageReplyHeader, place: ReplyPlace): Reply {
  if (header.className === 'MessageReplyStoryHeader') {
    return { storyId: header.storyId, chatId: convertPeer(header.peer) };
  }
  const chatId = otherChat(header, place);
  const shift = chatId === undefined ? place.idOffset : 0;
  const { replyToMsgId, quoteText } = header;
  return present<Reply>({
    messageId: replyToMsgId == null ? undefined : replyToMsgId + shift,
    chatId,
    threadId: threadOf(header, place),
    quote: quoteText == null ? undefined : convertText(quoteText, header.quoteEntities),
    origin: header.replyFrom == null ? undefined : convertForward(header.replyFrom),
  });
}

/** The forum topic of a message with this header. Undefined outside of forums and in "General". */
export function convertTopicId(header: Api.TypeMessageReplyHeader, place: ReplyPlace): number | undefined {
  return header.className === 'MessageReplyHeader' && header.forumTopic === true ? threadOf(header, place) : undefined;
}

/** Telegram omits the top id if the message replied to is itself the first of its topic. */
function threadOf(header: Api.MessageReplyHeader, place: ReplyPlace): number | undefined {
  const threadId = header.replyToTopId ?? (header.forumTopic === true ? header.replyToMsgId : undefined);
  return threadId == null ? undefined : threadId + place.idOffset;
}

function otherChat(header: Api.MessageReplyHeader, place: ReplyPlace): PeerId | undefined {
  const chatId = convertOptionalPeer(header.replyToPeerId);
  return chatId === place.peer ? undefined : chatId;
}
