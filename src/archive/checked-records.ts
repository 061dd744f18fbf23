import type { ChatId } from '../chat/chat-id.js';
import { ChatferryError } from '../errors/chatferry-error.js';
import type { MessageRecord } from '../chat/record.js';

/** Checks what is about to be written of a chat. @throws {ChatferryError} `INTERNAL` when it contradicts itself. */
export function checkRecords(chatId: ChatId, records: readonly MessageRecord[]): void {
  let last = -Infinity;
  for (const { message, media } of records) {
    const where = `Message ${message.id} of ${message.chatId}`;
    if (message.chatId !== chatId) throw new ChatferryError('INTERNAL', `${where} was given to ${chatId}.`);
    if (message.id <= last) throw new ChatferryError('INTERNAL', `${where} comes after ${last}: not ascending.`);
    if (media.length !== message.media.length) {
      const counts = `${message.media.length} media and ${media.length} records of them`;
      throw new ChatferryError('INTERNAL', `${where} has ${counts}.`);
    }
    last = message.id;
  }
}
