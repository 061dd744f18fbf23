import type { Chat } from '../../chat/chat.js';
import { ownerOf, peerOf } from '../../chat/chat-id.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import { truncateToBytes } from './truncate.js';

/** With the id after it, the name stays below 143 bytes, the lowest limit of a common file system (eCryptfs). */
const SLUG = { maxCodePoints: 40, maxBytes: 100 };

export interface FolderNameOptions {
  /**
   * Whether another account's chat with the same peer already has a folder.
   *
   * @defaultValue `false`
   */
  readonly namesAccount?: boolean;
}

/**
 * The folder of a chat: `<slug>-<peer id>`, such as `rust-gophers-channel123`, or `ann-user42-account7002` if the chat
 * of another account already has that name. The ids make it unique on every file system, even if it ignores case or the
 * normalisation of Unicode. The slug is only for readers.
 *
 * The slug has the letters, marks and digits of the title, lower case and composed (NFC), with `-` between them; so no
 * character in it is special to a shell, a URL or Windows, and the id prevents reserved names of Windows. If nothing is
 * left of the title, the slug is the chat's kind.
 *
 * @throws {ChatferryError} `INTERNAL` when the id is not a Telegram id.
 */
export function folderName(chat: Chat, { namesAccount = false }: FolderNameOptions = {}): string {
  if (!/^(channel\d{1,20}|account(\d{1,20}|\?)\/(user|chat)\d{1,20})$/.test(chat.id)) {
    throw new ChatferryError(
      'INTERNAL',
      `A chat id must be channel and digits, or an account and user or chat and digits, got "${chat.id}".`,
    );
  }
  const title = [chat.title, chat.lastName].filter((part) => part !== undefined).join(' ');
  const owner = namesAccount ? ownerOf(chat.id) : undefined;
  return `${slugOf(title) || chat.kind}-${peerOf(chat.id)}${owner === undefined ? '' : `-account${owner}`}`;
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
