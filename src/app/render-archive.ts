import { Archive } from '../archive/archive.js';
import type { StoredChat } from '../archive/records.js';
import type { Chat } from '../chat/chat.js';
import { parsePeerId } from '../chat/peer.js';
import { nearName } from '../config/near-name.js';
import type { Settings } from '../config/settings.js';
import { ChatferryError } from '../errors/chatferry-error.js';
import type { ProgressReporter } from '../pipeline/export-progress.js';
import { rendererFor } from './renderers.js';

export interface RenderRequest {
  readonly settings: Pick<Settings, 'exportDir' | 'timeZone'>;
  /** `@name`, id or exact title; empty for all chats of the archive. */
  readonly chats: readonly string[];
  readonly formats: readonly string[];
  readonly reporter: ProgressReporter;
  readonly signal: AbortSignal;
}

export interface RenderedChat {
  readonly chat: Chat;
  readonly format: string;
  /** Absolute. */
  readonly paths: readonly string[];
  readonly messageCount: number;
}

/**
 * Renders chats of the archive again, without Telegram.
 *
 * @throws {ChatferryError} `USAGE` for a format that there is not; `CHAT_NOT_FOUND` with the nearest names; what reading
 *   the archive throws.
 */
export async function renderArchive(request: RenderRequest): Promise<readonly RenderedChat[]> {
  const { settings, chats: references, formats, reporter, signal } = request;
  const renderers = formats.map(rendererFor);
  using archive = await Archive.open(settings.exportDir, { readOnly: true });
  const stored = archive.chats();
  const chosen = references.length === 0 ? stored : references.map((reference) => find(stored, reference));
  const rendered: RenderedChat[] = [];
  for (const chat of chosen) {
    for (const renderer of renderers) {
      signal.throwIfAborted();
      const { paths, messageCount } = await renderer.render(archive, chat, {
        directory: archive.directory,
        ...(settings.timeZone === undefined ? {} : { timeZone: settings.timeZone }),
        signal,
      });
      for (const path of paths) reporter.event({ type: 'rendered', format: renderer.format, path });
      rendered.push({ chat: chat.chat, format: renderer.format, paths, messageCount });
    }
  }
  return rendered;
}

function find(chats: readonly StoredChat[], reference: string): StoredChat {
  const wanted = reference.toLowerCase().replace(/^@/, '');
  const found = chats.find(({ chat }) => namesOf(chat).some((name) => name.toLowerCase() === wanted));
  if (found !== undefined) return found;
  const near = nearName(
    wanted,
    chats.flatMap(({ chat }) => namesOf(chat)),
  );
  const hint = near === undefined ? 'Export it first.' : `Did you mean "${near}"?`;
  throw new ChatferryError('CHAT_NOT_FOUND', `There is no chat "${reference}" in the archive. ${hint}`);
}

function namesOf({ id, title, username }: Chat): readonly string[] {
  const { kind, id: bare } = parsePeerId(id);
  const marked = kind === 'channel' ? `-100${bare}` : kind === 'chat' ? `-${bare}` : bare;
  return [title, id, bare, marked, ...(username === undefined ? [] : [username])];
}
