import { ChatferryError } from '../errors/chatferry-error.js';
import type { FileOnItsWay } from './file-on-its-way.js';
import { type PartRange, partRange } from './part-plan.js';
import type { HeldParts, RemoteUpload } from './upload-target.js';

/**
 * Sends the rest of a file to a target that takes bytes in order. After a cut it asks the far end how much came, and goes on
 * there: what arrived is not sent again.
 *
 * @throws the error that does not pass.
 */
export async function sendInOrder(
  way: FileOnItsWay,
  remote: RemoteUpload,
  held: HeldParts,
  signal: AbortSignal,
): Promise<void> {
  const { file, target, requests, session } = way;
  let offset = offsetOf(held);
  await session.keepParts(session.data.parts.filter((part) => part.offset + part.sizeBytes <= offset));
  way.tellKnown(offset);
  // An empty file has one empty part: some targets make the file with it.
  for (let isFirst = true; offset < file.sizeBytes || (isFirst && file.sizeBytes === 0); isFirst = false) {
    const range = rangeFrom(way, offset);
    let isSecondTry = false;
    offset = await requests.run(
      `part ${range.index + 1} of ${way.plan.partCount}`,
      range.sizeBytes,
      async () => {
        const from = isSecondTry ? offsetOf(await target.held(remote, file, [], signal)) : offset;
        isSecondTry = true;
        if (from < offset) throw lostBytes(way, offset, from);
        if (from > offset) way.tellKnown(from);
        return sendOne(way, remote, rangeFrom(way, from), signal);
      },
      signal,
    );
  }
}

/** @returns the offset behind what was sent. */
async function sendOne(
  way: FileOnItsWay,
  remote: RemoteUpload,
  range: PartRange,
  signal: AbortSignal,
): Promise<number> {
  const { target, file, reader, session, progress, now } = way;
  const { index, offset, sizeBytes } = range;
  if (sizeBytes === 0 && file.sizeBytes > 0) return offset; // The lost answer was of the last part.
  try {
    const part = await reader.outgoing(range, signal);
    const { tag } = await target.sendPart(remote, part, file, signal);
    progress.partDone(index, sizeBytes);
    const done = { index, offset, sizeBytes, sha256: part.sha256, tag, uploadedAtMs: now(), tryCount: 1 };
    await session.addPart(done, progress.shownPercentage);
    return offset + sizeBytes;
  } catch (error) {
    progress.partFailed(index);
    throw error;
  }
}

/** From an offset to the end of the part that it lies in. */
function rangeFrom({ plan }: FileOnItsWay, offset: number): PartRange {
  const index = Math.min(plan.partCount - 1, Math.floor(offset / plan.partBytes));
  const whole = partRange(plan, index);
  const end = whole.offset + whole.sizeBytes;
  return { ...whole, offset, sizeBytes: end - offset };
}

function offsetOf(held: HeldParts): number {
  if (held.kind === 'offset') return held.offset;
  if (held.kind === 'gone') {
    throw new ChatferryError(
      'REMOTE_ERROR',
      'The far end gave up the upload. Run the same command again: it starts over.',
    );
  }
  return 0;
}

function lostBytes({ file }: FileOnItsWay, expected: number, found: number): ChatferryError {
  const message = `${file.name}: the far end had ${expected} bytes and now says ${found}. Run the same command again.`;
  return new ChatferryError('REMOTE_ERROR', message);
}
