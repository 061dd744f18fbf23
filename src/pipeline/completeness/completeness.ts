import type { Batch } from '../../chat/batch.js';

/** How many messages of a chat the server counts for an account, and how many the archive has. */
export interface MessageCounts {
  readonly serverCount: number;
  readonly archiveCount: number;
}

/**
 * How many messages have appeared behind the cursor since the last comparison: an admin has shown the history to new
 * members, or an earlier run skipped them. A cursor does not detect them, counts do.
 *
 * Messages that the archive has and the server no longer has (deleted ones) make the difference of the counts smaller.
 * Therefore it is compared with the difference at the last comparison. If messages appear while others are deleted
 * between the same two runs, only the surplus is detected. Therefore the beginning of a channel is checked as well
 * (`beginsEarlier`).
 *
 * @param before - Undefined before the first comparison: then the archive should have as many messages as the server
 *   counts.
 */
export function shortfall(now: MessageCounts, before: MessageCounts | undefined): number {
  const accountedFor = before === undefined ? 0 : before.serverCount - before.archiveCount;
  return Math.max(0, now.serverCount - now.archiveCount - accountedFor);
}

/**
 * Leaves out messages that the archive has.
 *
 * @param idsBetween - Ids of the archive's messages from `first` to `last`.
 */
export async function* withoutKnown(
  batches: AsyncIterable<Batch>,
  idsBetween: (first: number, last: number) => ReadonlySet<number>,
): AsyncGenerator<Batch, void, void> {
  for await (const batch of batches) {
    const [first, last] = [batch.messages[0], batch.messages.at(-1)];
    if (first === undefined || last === undefined) continue;
    const known = idsBetween(first.id, last.id);
    const messages = batch.messages.filter(({ id }) => !known.has(id));
    if (messages.length > 0) yield { ...batch, messages };
  }
}

/** Passes batches on, and reports the lowest id of each. */
export async function* lowestIdOf(
  batches: AsyncIterable<Batch>,
  onLowest: (id: number) => void,
): AsyncGenerator<Batch, void, void> {
  for await (const batch of batches) {
    const [first] = batch.messages;
    if (first !== undefined) onLowest(first.id);
    yield batch;
  }
}

/**
 * The note before the whole history is searched.
 *
 * @param shortCount - 0 if only the beginning of the history differs.
 */
export function searchText(shortCount: number): string {
  if (shortCount === 0) return 'Telegram shows older messages than before; searching the whole history.';
  const messages = shortCount === 1 ? '1 message' : `${shortCount} messages`;
  return `Telegram counts ${messages} more than the archive has seen; searching the whole history.`;
}

/** The note about the outcome. */
export function foundText(shortCount: number, foundCount: number): string {
  const found = foundCount === 1 ? '1 message was' : `${foundCount} messages were`;
  if (foundCount >= shortCount) return `${found} found and added.`;
  const rest = shortCount - foundCount;
  const others = rest === 1 ? '1 is' : `${rest} are`;
  return `${found} found and added; ${others} counted by Telegram but not returned, or already here from another account. The search is not repeated unless the count changes.`;
}
