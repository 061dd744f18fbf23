import { errorMessage } from '../../errors/chatferry-error.js';
import type { ActiveUpload } from '../active-upload.js';
import { partRange, type PartRange } from './part-plan.js';
import { sideBySide } from './side-by-side.js';
import type { DonePart } from '../session/upload-session.js';
import type { BegunUpload, HeldPart, HeldParts, RemoteUpload } from '../upload-target.js';

/**
 * Sends the parts that a target does not have yet, in any order, several at a time if permits allow.
 *
 * @throws the error of the first part that fails permanently. Then no other part starts, and those in flight are
 *   stopped.
 */
export async function sendParts(
  active: ActiveUpload,
  { remote, held }: BegunUpload,
  signal: AbortSignal,
): Promise<void> {
  const { plan, session, senderCount } = active;
  await session.keepParts(await believedParts(active, held, signal));
  active.reportKnown();
  const maxCount = Math.min(senderCount, plan.partCount);
  const work = (range: PartRange, either: AbortSignal): Promise<void> => sendOne(active, { remote, range }, either);
  await sideBySide(missingRanges(active), { maxCount, work }, signal);
}

/** The parts that the target has: those in the session, and those whose digest matches. */
async function believedParts(active: ActiveUpload, held: HeldParts, signal: AbortSignal): Promise<readonly DonePart[]> {
  const { session, plan } = active;
  const { parts } = session.data;
  if (held.kind === 'untold' || held.kind === 'completed') return parts;
  if (held.kind !== 'parts') return [];
  const known = new Map(parts.map((part) => [part.index, part]));
  const believed: DonePart[] = [];
  for (const found of held.parts) {
    if (found.index >= plan.partCount || found.sizeBytes !== partRange(plan, found.index).sizeBytes) continue;
    const remembered = known.get(found.index);
    const part = remembered?.tag === found.tag ? remembered : await unknownPart(active, found, signal);
    if (part !== undefined) believed.push(part);
  }
  return believed.sort((a, b) => a.index - b.index);
}

/** A part that a run sent before it was killed, but did not record: ours if the target knows a matching digest. */
async function unknownPart(
  { plan, reader, now }: ActiveUpload,
  { index, tag, sha256, md5 }: HeldPart,
  signal: AbortSignal,
): Promise<DonePart | undefined> {
  if (sha256 === undefined && md5 === undefined) return undefined;
  const range = partRange(plan, index);
  const own = await reader.digestOf(range, signal);
  const isOurs = sha256 === undefined ? own.md5 !== undefined && own.md5 === md5 : own.sha256 === sha256;
  if (!isOurs) return undefined;
  const { offset, sizeBytes } = range;
  return { index, offset, sizeBytes, sha256: own.sha256, tag, uploadedAtMs: now(), tryCount: 1 };
}

/** Shared by all senders, each of which takes the next range. It never builds a list of all parts. */
function* missingRanges({ plan, session }: ActiveUpload): Generator<PartRange, void, void> {
  const done = new Set(session.data.parts.map(({ index }) => index));
  for (let index = 0; index < plan.partCount; index += 1) if (!done.has(index)) yield partRange(plan, index);
}

async function sendOne(
  active: ActiveUpload,
  { remote, range }: { readonly remote: RemoteUpload; readonly range: PartRange },
  signal: AbortSignal,
): Promise<void> {
  const { target, file, reader, progress, requests, now } = active;
  let tryCount = 0;
  let lastError: string | undefined;
  const request = async (): Promise<{ readonly sha256: string; readonly tag: string }> => {
    tryCount += 1;
    try {
      const part = await reader.outgoing(range, signal);
      const receipt = await target.sendPart(remote, { part, file }, signal);
      return { sha256: part.sha256, tag: receipt.tag };
    } catch (error) {
      progress.partFailed(range.index);
      lastError = errorMessage(error);
      throw error;
    }
  };
  const what = `part ${range.index + 1} of ${active.plan.partCount}`;
  const { sha256, tag } = await requests.run({ what, request, sizeBytes: range.sizeBytes }, signal);
  progress.partDone(range.index, range.sizeBytes);
  const { index, offset, sizeBytes } = range;
  const error = tryCount > 1 && lastError !== undefined ? { error: lastError } : {};
  const done = { index, offset, sizeBytes, sha256, tag, uploadedAtMs: now(), tryCount, ...error };
  await active.record(done);
}
