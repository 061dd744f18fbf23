import { errorMessage } from '../../errors/chatferry-error.js';
import type { FileOnItsWay } from '../file-on-its-way.js';
import { partRange, type PartRange } from './part-plan.js';
import { sideBySide } from './side-by-side.js';
import type { HeldParts, RemoteUpload } from '../upload-target.js';

/**
 * Sends the parts that a target does not have yet, in any order, several at a time where the budget allows.
 *
 * @throws the error of the first part that fails for good; no other is begun then, and those on the way are stopped.
 */
export async function sendParts(
  way: FileOnItsWay,
  remote: RemoteUpload,
  held: HeldParts,
  signal: AbortSignal,
): Promise<void> {
  const { plan, session, senderCount } = way;
  await session.keepParts(believedParts(way, held));
  way.tellKnown();
  const count = Math.min(senderCount, plan.partCount);
  await sideBySide(missingRanges(way), count, (range, either) => sendOne(way, remote, range, either), signal);
}

/** Of the parts that the session remembers, those that the far end really has. */
function believedParts({ session, plan }: FileOnItsWay, held: HeldParts) {
  const { parts } = session.data;
  if (held.kind === 'untold') return parts;
  if (held.kind !== 'parts') return [];
  const there = new Map(held.parts.map((part) => [part.index, part]));
  return parts.filter(({ index, tag }) => {
    const found = there.get(index);
    return found?.tag === tag && found.sizeBytes === partRange(plan, index).sizeBytes;
  });
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
