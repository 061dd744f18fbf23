import { errorMessage } from '../../errors/chatferry-error.js';
import type { FileOnItsWay } from '../file-on-its-way.js';
import { partRange, type PartRange } from './part-plan.js';
import { sideBySide } from './side-by-side.js';
import type { DonePart } from '../session/upload-session.js';
import type { HeldPart, HeldParts, RemoteUpload } from '../upload-target.js';

/**
 * Sends the parts that a target does not have yet, in any order, several at a time where the budget allows.
 *
 * @throws the error of the first part that fails for good; then no other part starts, and those in flight are stopped.
 */
export async function sendParts(
  way: FileOnItsWay,
  remote: RemoteUpload,
  held: HeldParts,
  signal: AbortSignal,
): Promise<void> {
  const { plan, session, senderCount } = way;
  await session.keepParts(await believedParts(way, held, signal));
  way.tellKnown();
  const count = Math.min(senderCount, plan.partCount);
  await sideBySide(missingRanges(way), count, (range, either) => sendOne(way, remote, range, either), signal);
}

/** The parts that the target has: those in the session, and those whose digest matches. */
async function believedParts(way: FileOnItsWay, held: HeldParts, signal: AbortSignal): Promise<readonly DonePart[]> {
  const { session, plan } = way;
  const { parts } = session.data;
  if (held.kind === 'untold' || held.kind === 'completed') return parts;
  if (held.kind !== 'parts') return [];
  const known = new Map(parts.map((part) => [part.index, part]));
  const believed: DonePart[] = [];
  for (const found of held.parts) {
    if (found.index >= plan.partCount || found.sizeBytes !== partRange(plan, found.index).sizeBytes) continue;
    const remembered = known.get(found.index);
    const part = remembered?.tag === found.tag ? remembered : await unknownPart(way, found, signal);
    if (part !== undefined) believed.push(part);
  }
  return believed.sort((a, b) => a.index - b.index);
}

/** A part that a run sent before it was killed, but did not record: ours if the target knows a matching digest. */
async function unknownPart(
  { plan, reader, now }: FileOnItsWay,
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

/** Shared by all senders: each takes the next. Never a list of all parts. */
function* missingRanges({ plan, session }: FileOnItsWay): Generator<PartRange, void, void> {
  const done = new Set(session.data.parts.map(({ index }) => index));
  for (let index = 0; index < plan.partCount; index += 1) if (!done.has(index)) yield partRange(plan, index);
}

async function sendOne(way: FileOnItsWay, remote: RemoteUpload, range: PartRange, signal: AbortSignal): Promise<void> {
  const { target, file, reader, progress, requests, now } = way;
  let tryCount = 0;
  let lastError: string | undefined;
  const { sha256, tag } = await requests.run(
    `part ${range.index + 1} of ${way.plan.partCount}`,
    range.sizeBytes,
    async () => {
      tryCount += 1;
      try {
        const part = await reader.outgoing(range, signal);
        const receipt = await target.sendPart(remote, part, file, signal);
        return { sha256: part.sha256, tag: receipt.tag };
      } catch (error) {
        progress.partFailed(range.index);
        lastError = errorMessage(error);
        throw error;
      }
    },
    signal,
  );
  progress.partDone(range.index, range.sizeBytes);
  const { index, offset, sizeBytes } = range;
  const error = tryCount > 1 && lastError !== undefined ? { error: lastError } : {};
  const done = { index, offset, sizeBytes, sha256, tag, uploadedAtMs: now(), tryCount, ...error };
  await way.record(done);
}
