import type { FileOnItsWay } from '../file-on-its-way.js';
import { partRange } from './part-plan.js';
import { sendLane } from './send-lane.js';
import { sideBySide } from './side-by-side.js';
import { UploadGone } from '../upload-gone.js';
import type { DonePart } from '../session/upload-session.js';
import type { HeldParts, Lane, RemoteUpload } from '../upload-target.js';

/**
 * Sends the rest of a file to a target that takes bytes in order: in one stretch, or in several side by side where it
 * divides an upload into lanes. What arrived is not sent again.
 *
 * @throws {UploadGone} when the far end gave the upload up. The error that does not pass.
 */
export async function sendInOrder(
  way: FileOnItsWay,
  remote: RemoteUpload,
  held: HeldParts,
  signal: AbortSignal,
): Promise<void> {
  const { file, target, session, senderCount } = way;
  const whole: Lane = { offset: 0, sizeBytes: file.sizeBytes, upload: remote };
  const lanes = target.lanes?.(remote, file) ?? [whole];
  const begun = lanes.map((lane, index) => ({ lane, from: offsetOf(held, lane, index) }));
  for (const { lane, from } of begun) requirePlausible(way, lane, from);
  const kept = session.data.parts.filter(({ offset, sizeBytes }) =>
    begun.some(({ lane, from }) => offset >= lane.offset && offset + sizeBytes <= from),
  );
  const found = await Promise.all(begun.map(({ lane, from }) => unknownParts(way, lane, from, signal)));
  await session.keepParts([...kept, ...found.flat()].sort((a, b) => a.index - b.index));
  way.tellKnown(begun.reduce((sum, { lane, from }) => sum + from - lane.offset, 0));
  const count = Math.min(lanes.length, senderCount);
  await sideBySide(begun, count, ({ lane, from }, either) => sendLane(way, lane, from, either), signal);
}

/**
 * Parts that the far end has and the session does not know, since the run that sent them was killed before it wrote them
 * down. Written down now, no kill after it can leave the session more than one part behind.
 */
async function unknownParts(
  { plan, session, reader, now }: FileOnItsWay,
  lane: Lane,
  from: number,
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

/** The session is written after each part, so that the far end can be ahead of it by one. */
function requirePlausible({ session, plan, target }: FileOnItsWay, lane: Lane, from: number): void {
  const end = lane.offset + lane.sizeBytes;
  const ends = session.data.parts.map(({ offset, sizeBytes }) => offset + sizeBytes);
  const known = ends.filter((known) => known > lane.offset && known <= end);
  const most = Math.min(end, Math.max(lane.offset, ...known) + plan.partBytes);
  if (from >= lane.offset && from <= most) return;
  throw new UploadGone(`${target.id} says that it is at byte ${from}, and was sent ${most} at most`);
}

function offsetOf(held: HeldParts, lane: Lane, index: number): number {
  if (held.kind === 'offset') return held.offset;
  if (held.kind === 'lanes') return held.offsets[index] ?? lane.offset;
  return lane.offset;
}
