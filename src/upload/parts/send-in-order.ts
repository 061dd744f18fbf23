import type { ActiveUpload } from '../active-upload.js';
import { partRange } from './part-plan.js';
import { type BegunLane, sendLane } from './send-lane.js';
import { sideBySide } from './side-by-side.js';
import { UploadGone } from '../upload-gone.js';
import type { DonePart } from '../session/upload-session.js';
import type { BegunUpload, HeldParts, Lane } from '../upload-target.js';

/**
 * Sends the rest of a file to a target that accepts bytes in order: in one sequence, or in several parallel ones if it
 * divides an upload into lanes. Bytes that arrived are not sent again.
 *
 * @throws {UploadGone} if the target discarded the upload. Errors that are not retryable.
 */
export async function sendInOrder(
  active: ActiveUpload,
  { remote, held }: BegunUpload,
  signal: AbortSignal,
): Promise<void> {
  const { file, target, session, senderCount } = active;
  const whole: Lane = { offset: 0, sizeBytes: file.sizeBytes, upload: remote };
  const lanes = target.lanes?.(remote, file) ?? [whole];
  const begun = lanes.map((lane, index): BegunLane => ({ lane, from: offsetOf(held, lane, index) }));
  for (const lane of begun) requirePlausible(active, lane);
  const kept = session.data.parts.filter(({ offset, sizeBytes }) =>
    begun.some(({ lane, from }) => offset >= lane.offset && offset + sizeBytes <= from),
  );
  const found = await Promise.all(begun.map((lane) => unknownParts(active, lane, signal)));
  await session.keepParts([...kept, ...found.flat()].sort((a, b) => a.index - b.index));
  active.reportKnown(begun.reduce((sum, { lane, from }) => sum + from - lane.offset, 0));
  const maxCount = Math.min(lanes.length, senderCount);
  const work = (lane: BegunLane, either: AbortSignal): Promise<void> => sendLane(active, lane, either);
  await sideBySide(begun, { maxCount, work }, signal);
}

/**
 * Parts that the target has and the session lacks, because the run that sent them was killed before it recorded them. They are
 * recorded now, so that a later kill leaves the session at most one part behind.
 */
async function unknownParts(
  { plan, session, reader, now }: ActiveUpload,
  { lane, from }: BegunLane,
  signal: AbortSignal,
): Promise<readonly DonePart[]> {
  const known = new Set(session.data.parts.map(({ index }) => index));
  const parts: DonePart[] = [];
  for (let index = Math.floor(lane.offset / plan.partBytes); index < plan.partCount; index += 1) {
    const range = partRange(plan, index);
    const { offset, sizeBytes } = range;
    if (offset + sizeBytes > from || sizeBytes === 0) break;
    if (known.has(index)) continue;
    const { sha256 } = await reader.digestOf(range, signal);
    parts.push({ index, offset, sizeBytes, sha256, tag: '', uploadedAtMs: now(), tryCount: 1 });
  }
  return parts;
}

/** The session is written after each part, so the target can be one part ahead of it. */
function requirePlausible({ session, plan, target }: ActiveUpload, { lane, from }: BegunLane): void {
  const end = lane.offset + lane.sizeBytes;
  const ends = session.data.parts.map(({ offset, sizeBytes }) => offset + sizeBytes);
  const known = ends.filter((known) => known > lane.offset && known <= end);
  const most = Math.min(end, Math.max(lane.offset, ...known) + plan.partBytes);
  if (from >= lane.offset && from <= most) return;
  throw new UploadGone(`${target.id} claims to have ${from} bytes, but was sent at most ${most}`);
}

function offsetOf(held: HeldParts, lane: Lane, index: number): number {
  if (held.kind === 'offset') return held.offset;
  if (held.kind === 'lanes') return held.offsets[index] ?? lane.offset;
  return lane.offset;
}
