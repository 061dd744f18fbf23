import { Archive } from '../archive/archive.js';
import { chatsOf } from '../archive/accounts/chats-of-account.js';
import { chosenChats } from '../archive/chosen-chats.js';
import type { Account } from '../chat/account.js';
import type { Chat } from '../chat/chat.js';
import { ownerOf } from '../chat/chat-id.js';
import type { Settings } from '../config/settings.js';
import type { ProgressReporter } from '../pipeline/export-progress.js';
import { requireChatFolder } from './export/chat-folder.js';
import { rendererFor } from './renderers.js';
import { shortTitle } from '../text/printable.js';

export interface RenderRequest {
  readonly settings: Pick<Settings, 'exportDir' | 'timeZone'>;
  /** As for an export: `@name`, link, id, title or `me`. Empty for all chats of the archive. */
  readonly chats: readonly string[];
  /** Chats of this account alone: an id or `@name`. @defaultValue of all */
  readonly account?: string | undefined;
  readonly formats: readonly string[];
  readonly reporter: ProgressReporter;
  readonly signal: AbortSignal;
}

export interface RenderedChat {
  readonly chat: Chat;
  /** Whose it is, where the archive has chats of several accounts. */
  readonly owner?: Account;
  readonly format: string;
  /** Absolute. */
  readonly paths: readonly string[];
  readonly messageCount: number;
}

/**
 * Renders chats of the archive again, without Telegram.
 *
 * @throws {ChatferryError} `USAGE` for a format that there is not, or a reference that cannot be understood or means several chats;
 *   or an account that is not in the archive; `CHAT_NOT_FOUND` with the nearest names; what reading the archive throws.
 */
export async function renderArchive(request: RenderRequest): Promise<readonly RenderedChat[]> {
  const { settings, chats: references, formats, reporter, signal } = request;
  const renderers = formats.map(rendererFor);
  using archive = await Archive.open(settings.exportDir, { readOnly: true });
  const { account, stored } = chatsOf(archive, request.account);
  const onNote = (text: string): void => {
    reporter.event({ type: 'note', text });
  };
  const chosen = chosenChats(stored, { references, account, onNote });
  const accounts = archive.accounts.all();
  const isShared = accounts.length > 1;
  const rendered: RenderedChat[] = [];
  for (const chat of chosen) {
    await requireChatFolder(chat, archive);
    for (const renderer of renderers) {
      signal.throwIfAborted();
      await reporter.room?.(signal);
      const { paths, messageCount, lostFileCount } = await renderer.render(archive, chat, {
        directory: archive.directory,
        ...(settings.timeZone === undefined ? {} : { timeZone: settings.timeZone }),
        signal,
      });
      for (const path of paths) reporter.event({ type: 'rendered', format: renderer.format, path });
      if (lostFileCount > 0) {
        const text = `${shortTitle(chat.chat.title)}: ${lostFileCount} stored files are not on the disk as the archive has them, and are rendered as missing. An export of the chat fetches them again.`;
        reporter.event({ type: 'note', text });
      }
      const owner = accounts.find(({ id }) => id === ownerOf(chat.chat.id));
      rendered.push({
        chat: chat.chat,
        ...(owner !== undefined && isShared && { owner }),
        format: renderer.format,
        paths,
        messageCount,
      });
    }
  }
  return rendered;
}
