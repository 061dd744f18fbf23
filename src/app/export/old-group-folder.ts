import type { Archive } from '../../archive/archive.js';
import type { Chat } from '../../chat/chat.js';
import { type AccountId, chatIdOf } from '../../chat/chat-id.js';
import type { RunEvents } from '../../pipeline/export-progress.js';

export interface OldGroupFolderOptions {
  readonly archive: Archive;
  /** The account that exports. */
  readonly accountId: AccountId;
  /** Whether media that the archive already has are linked instead of fetched. */
  readonly deduplicates: boolean;
  readonly reporter: RunEvents;
}

/**
 * Reports, at the first export of a supergroup, where the earlier export of its basic group is. The supergroup gets its
 * own folder with all messages; the folder of the group does not change.
 */
export function noteOldGroupFolder(
  { title, id, migratedFrom }: Chat,
  { archive, accountId, deduplicates, reporter }: OldGroupFolderOptions,
): void {
  const before = migratedFrom && archive.chat(chatIdOf(migratedFrom, accountId));
  if (before === undefined || archive.messageCount(id) > 0) return;
  const fetching = deduplicates ? ' Media that are already here are not fetched again.' : '';
  const text = `${title}: what was exported before it became a supergroup stays in ${before.folder}, and is also exported into the folder of the supergroup.${fetching}`;
  reporter.event({ type: 'note', text });
}
