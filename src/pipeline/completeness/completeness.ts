import type { Batch } from '../../chat/batch.js';

/** How many messages of a chat the server counts for an account, and how many the archive has. */
export interface MessageCounts {
  readonly serverCount: number;
  readonly archiveCount: number;
}

/**
 * How many messages have come up behind the cursor since the counts were compared before: an admin has shown the past to
 * new members, or an earlier run skipped them. A cursor does not see them, counts do.
 *
 * What the archive has and the server has no more (messages that were deleted) makes the difference of the counts
 * smaller, so the difference of the last comparison is what it is held against. Of messages that came up while others
 * were deleted between the same two runs, only as many are noticed as there are more of them; so where they came up at
 * the beginning of a channel, that is looked at as well (`beginsEarlier`).
 *
 * @param before - Undefined when they were never compared: then the archive should have what the server counts.
 */
export function shortfall(now: MessageCounts, before: MessageCounts | undefined): number {
  const accountedFor = before === undefined ? 0 : before.serverCount - before.archiveCount;
  return Math.max(0, now.serverCount - now.archiveCount - accountedFor);
}

/** Leaves out what the archive has. @param idsBetween - Ids of the archive's messages from `first` to `last`. */
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

/** Tells the lowest id of each batch that passes by. */
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

/** What is said before the whole history is looked through. @param shortCount - 0: its beginning is another one. */
export function searchText(shortCount: number): string {
  if (shortCount === 0) return 'Telegram shows older messages than before; looking through the whole history.';
  const messages = shortCount === 1 ? '1 message' : `${shortCount} messages`;
  return `Telegram counts ${messages} more than the archive has seen; looking through the whole history.`;
}

/** What is said of the outcome. */
export function foundText(shortCount: number, foundCount: number): string {
  const found = foundCount === 1 ? '1 message was' : `${foundCount} messages were`;
  if (foundCount >= shortCount) return `${found} found and added.`;
  const rest = shortCount - foundCount;
  const others = rest === 1 ? '1 is' : `${rest} are`;
  return `${found} found and added; ${others} counted by Telegram and not handed out, or here already from another account. It is not looked for again unless the count changes.`;
}
