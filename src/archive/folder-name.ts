import type { Chat } from '../chat/chat.js';
import { ChatferryError } from '../errors/chatferry-error.js';
import { truncateToBytes } from './truncate.js';

/** With the id behind it, the name stays below 143 bytes, the least that a file system in use takes (eCryptfs). */
const SLUG = { maxCodePoints: 40, maxBytes: 100 };

/**
 * The folder of a chat: `<slug>-<chat id>`, such as `rust-gophers-channel123`. The id makes it unique on every file
 * system, also where case or the normalisation of Unicode is ignored; the slug is for people and means nothing.
 *
 * The slug has the letters, marks and digits of the title, lower case and composed (NFC), with `-` between them; so no
 * character in it is special to a shell, a URL or Windows, and the id keeps it from being a reserved name there. It is
 * the chat's kind when nothing is left of the title.
 *
 * @throws {ChatferryError} `INTERNAL` when the id is not one of Telegram's.
 */
export function folderName(chat: Chat): string {
  if (!/^(user|chat|channel)\d{1,20}$/.test(chat.id)) {
    throw new ChatferryError('INTERNAL', `A chat id must be user, chat or channel and digits, got "${chat.id}".`);
  }
  const title = [chat.title, chat.lastName].filter((part) => part !== undefined).join(' ');
  return `${slugOf(title) || chat.kind}-${chat.id}`;
}

function slugOf(title: string): string {
  const words = title
    .normalize('NFC')
    .toLowerCase()
    .normalize('NFC') // Lower case can decompose: "İ" becomes "i" and a dot above.
    .replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, '-');
  const short = Array.from(words).slice(0, SLUG.maxCodePoints).join('');
  return truncateToBytes(short, SLUG.maxBytes).replaceAll(/^-+|-+$/g, '');
}
