import type { Archive } from '../../archive/archive.js';
import type { Chat } from '../../chat/chat.js';
import { type AccountId, chatIdOf } from '../../chat/chat-id.js';
import type { RunEvents } from '../../pipeline/export-progress.js';

export interface OldGroupFolderOptions {
  readonly archive: Archive;
  /** Who exports. */
  readonly accountId: AccountId;
  /** Whether media that the archive has are taken from there. */
  readonly deduplicates: boolean;
  readonly reporter: RunEvents;
}

/**
 * Says where what was exported of a basic group stays when it became a supergroup, with the first export of that. The
 * supergroup has a folder of its own with all messages; the folder of the group is left as it is.
 */
export function noteOldGroupFolder(
  { title, id, migratedFrom }: Chat,
  { archive, accountId, deduplicates, reporter }: OldGroupFolderOptions,
): void {
  const before = migratedFrom && archive.chat(chatIdOf(migratedFrom, accountId));
  if (before === undefined || archive.messageCount(id) > 0) return;
  const fetching = deduplicates ? ' Media that are here already are not fetched again.' : '';
  const text = `${title}: what was exported before it became a supergroup stays in ${before.folder}, and is also exported into the folder of the supergroup.${fetching}`;
  reporter.event({ type: 'note', text });
}
