import type { Api } from 'telegram';

import type { Forward } from '../../../chat/message.js';
import { filled, present } from './convert-absent.js';
import { convertOptionalPeer } from './convert-peer.js';

/** TL `messageFwdHeader`. */
export function convertForward(header: Api.TypeMessageFwdHeader): Forward {
  return present<Forward>({
    fromId: convertOptionalPeer(header.fromId),
    fromName: filled(header.fromName),
    dateMs: header.date * 1000,
    messageId: header.channelPost,
    postAuthor: filled(header.postAuthor),
    savedFromId: convertOptionalPeer(header.savedFromPeer),
    savedFromMessageId: header.savedFromMsgId,
  });
}
