import type { Message } from '../../chat/message.js';
import type { DesktopContext } from './desktop-context.js';
import { type JsonObject, nonEmpty } from './json-text.js';
import { unixTime } from './local-time.js';

/** The first keys of every message, service messages included. */
export function headKeys({ id, kind, dateMs, editDateMs }: Message, { time }: DesktopContext): JsonObject {
  return {
    id,
    type: kind,
    date: time.isoDate(dateMs),
    date_unixtime: unixTime(dateMs),
    edited: editDateMs === undefined ? undefined : time.isoDate(editDateMs),
    edited_unixtime: editDateMs === undefined ? undefined : unixTime(editDateMs),
  };
}

/** The sender, and the origin of a forwarded message. */
export function originParts(message: Message, { names }: DesktopContext): readonly (JsonObject | undefined)[] {
  const { senderId, postAuthor } = message;
  return [
    {
      from: senderId === undefined ? undefined : names.name(senderId),
      from_id: senderId,
      author: nonEmpty(postAuthor),
    },
    forwardKeys(message, names),
    replyKeys(message),
    viaBotKeys(message, names),
  ];
}

function forwardKeys({ forward }: Message, names: DesktopContext['names']): JsonObject | undefined {
  if (forward === undefined) return undefined;
  const { fromId, fromName, savedFromId } = forward;
  const from = fromId === undefined ? fromName : (names.name(fromId) ?? fromName ?? null);
  return {
    forwarded_from: from === '' ? null : from,
    forwarded_from_id: fromId,
    saved_from: savedFromId === undefined ? undefined : names.name(savedFromId),
  };
}

function replyKeys({ reply }: Message): JsonObject | undefined {
  if (reply?.messageId === undefined) return undefined;
  return { reply_to_message_id: reply.messageId, reply_to_peer_id: reply.chatId };
}

function viaBotKeys({ viaBotId }: Message, names: DesktopContext['names']): JsonObject | undefined {
  const username = viaBotId === undefined ? undefined : names.username(viaBotId);
  return username === undefined ? undefined : { via_bot: `@${username}` };
}
