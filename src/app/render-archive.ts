import { Archive } from '../archive/archive.js';
import { chatsOf } from '../archive/accounts/chats-of-account.js';
import { chosenChats } from '../archive/chosen-chats.js';
import type { StoredChat } from '../archive/records.js';
import type { Account } from '../chat/account.js';
import type { Chat } from '../chat/chat.js';
import { ownerOf } from '../chat/chat-id.js';
import type { Settings } from '../config/settings.js';
import type { ProgressReporter } from '../pipeline/export-progress.js';
import { reporterOfRun, type RunReporter } from '../pipeline/run-reporter.js';
import type { Renderer } from '../render/renderer.js';
import { shortTitle } from '../text/printable.js';
import { requireChatFolder } from './export/chat-folder.js';
import { renderChats } from './render-chats.js';

export interface RenderRequest {
  readonly settings: Pick<Settings, 'exportDir' | 'timeZone'>;
  /** As for an export: `@name`, link, id, title or `me`. Empty for all chats of the archive. */
  readonly chats: readonly string[];
  /** Only chats of this account: an id or `@name`. @defaultValue all accounts */
  readonly account?: string | undefined;
  readonly renderers: readonly Renderer[];
  readonly reporter: ProgressReporter;
  /** Of the events. @defaultValue a new one */
  readonly runId?: string;
  readonly signal: AbortSignal;
}

/** A chat in one format. */
export interface ArchiveRendering {
  readonly chat: Chat;
  /** The owner, if the archive has chats of several accounts. */
  readonly owner?: Account;
  readonly format: string;
  /** Absolute. */
  readonly paths: readonly string[];
  readonly messageCount: number;
}

export interface RenderedArchive {
  readonly chats: readonly ArchiveRendering[];
  /** Files that cover more than one chat, absolute. */
  readonly paths: readonly string[];
}

/**
 * Renders chats of the archive again, without Telegram.
 *
 * @throws {ChatferryError} `USAGE` for a reference that is invalid or ambiguous, or an account that is not in the
 *   archive; `CHAT_NOT_FOUND` with the nearest names; what reading the archive throws.
 */
export async function renderArchive(request: RenderRequest): Promise<RenderedArchive> {
  const { settings, chats: references, renderers, signal } = request;
  const reporter = reporterOfRun(request.reporter, request.runId);
  using archive = await Archive.open(settings.exportDir, { readOnly: true });
  const { account, stored } = chatsOf(archive, request.account);
  const onNote = (text: string): void => {
    reporter.event({ type: 'note', text });
  };
  const chosen = chosenChats(stored, { references, account, onNote });
  const { timeZone } = settings;
  const { chats, paths } = await renderChats(inTheirFolders(chosen, { archive, reporter, signal }), {
    archive,
    renderers,
    timeZone,
    onRendered: ({ format, paths: written, chat }) => {
      for (const path of written) reporter.event({ type: 'rendered', format, path });
      if (chat !== undefined && chat.lostFileCount > 0) onNote(lostFilesNote(chat.chat.chat, chat.lostFileCount));
    },
    signal,
  });
  const accounts = archive.accounts.all();
  const isShared = accounts.length > 1;
  return {
    paths,
    chats: chats.map(({ chat: { chat }, format, paths: own, messageCount }) => {
      const owner = accounts.find(({ id }) => id === ownerOf(chat.id));
      return { chat, ...(owner !== undefined && isShared && { owner }), format, paths: own, messageCount };
    }),
  };
}

/** Yields the chats, and checks before each one that its folder is where the archive has it. */
async function* inTheirFolders(
  chats: readonly StoredChat[],
  {
    archive,
    reporter,
    signal,
  }: { readonly archive: Archive; readonly reporter: RunReporter; readonly signal: AbortSignal },
): AsyncGenerator<StoredChat, void, void> {
  for (const chat of chats) {
    await requireChatFolder(chat, archive);
    signal.throwIfAborted();
    await reporter.room(signal);
    yield chat;
  }
}

function lostFilesNote({ title }: Chat, count: number): string {
  return `${shortTitle(title)}: ${count} stored files are not on the disk as the archive records them, and are rendered as missing. An export of the chat fetches them again.`;
}
