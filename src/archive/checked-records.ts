import type { ChatId } from '../chat/chat-id.js';
import { isSourceName } from '../chat/source-name.js';
import { ChatferryError } from '../errors/chatferry-error.js';
import type { MessageRecord } from '../chat/record.js';
import { sourceOf } from './merge/version-of.js';

/** Checks records of a chat before they are written. @throws {ChatferryError} `INTERNAL` when they are inconsistent. */
export function checkRecords(chatId: ChatId, records: readonly MessageRecord[]): void {
  let last = -Infinity;
  for (const record of records) {
    const { message, media } = record;
    const where = `Message ${message.id} of ${message.chatId}`;
    if (message.chatId !== chatId) throw new ChatferryError('INTERNAL', `${where} was given to ${chatId}.`);
    if (message.id <= last) throw new ChatferryError('INTERNAL', `${where} comes after ${last}: not ascending.`);
    if (media.length !== message.media.length) {
      const counts = `${message.media.length} media and ${media.length} records of them`;
      throw new ChatferryError('INTERNAL', `${where} has ${counts}.`);
    }
    if (!isSourceName(sourceOf(record))) {
      const rule = 'lower case letters, digits and hyphens, at most 40, a letter first';
      throw new ChatferryError(
        'INTERNAL',
        `${where} has the source "${sourceOf(record)}", which is not a valid name: ${rule}.`,
      );
    }
    last = message.id;
  }
}
