import { ChatferryError, errorMessage, isChatferryError } from '../../errors/chatferry-error.js';
import type { ActiveUpload } from '../active-upload.js';
import { type PartRange, partRange } from './part-plan.js';
import { UploadGone } from '../upload-gone.js';
import type { Lane, OutgoingPart, PartReceipt } from '../upload-target.js';

/** A restarted server may have lost unwritten bytes; a server that loses bytes repeatedly is broken. */
const MAX_SETBACKS = 3;

export interface BegunLane {
  readonly lane: Lane;
  /** The offset in the file up to which the target has the lane. */
  readonly from: number;
}

/** A part of a lane, or the rest of one. */
interface LaneRange {
  readonly lane: Lane;
  readonly range: PartRange;
}

/**
 * Sends one lane, part by part. After a failure it asks the target how much it has, and continues there.
 *
 * @throws {UploadGone}. Errors that are not retryable.
 */
export async function sendLane(active: ActiveUpload, { lane, from }: BegunLane, signal: AbortSignal): Promise<void> {
  const end = lane.offset + lane.sizeBytes;
  let setbackCount = 0;
  // An empty file has one empty part, because some targets create the file with it.
  for (let offset = from, isFirst = true; offset < end || (isFirst && lane.sizeBytes === 0); isFirst = false) {
    const reached = await sendRange(active, { lane, range: rangeFrom(active, offset) }, signal);
    if (reached < offset) setbackCount += 1;
    if (setbackCount > MAX_SETBACKS) throw lostBytes(active, offset, reached);
    offset = reached;
  }
}

/** @returns the offset up to which the target has the lane. It is before the range if the target has lost bytes. */
async function sendRange(active: ActiveUpload, { lane, range }: LaneRange, signal: AbortSignal): Promise<number> {
  const { target, file, reader, progress, requests, session, now, plan } = active;
  const { index } = range;
  let rest = range; // The range after the bytes that have arrived.
  let at = range.offset;
  let tryCount = 0;
  let lastError: string | undefined;
  let sent: OutgoingPart | undefined;
  const sendRest = async (): Promise<PartReceipt | undefined> => {
    tryCount += 1;
    try {
      if (tryCount > 1) {
        const found = await offsetThere(active, { lane, range: rest }, signal);
        progress.moved(found - at);
        at = found;
        if (at < range.offset || at === endOf(rest)) return undefined;
        rest = rangeFrom(active, at);
      }
      sent = await reader.outgoing(rest, signal);
      return await target.sendPart(lane.upload, { part: sent, file }, signal);
    } catch (error) {
      progress.partFailed(index);
      lastError = errorMessage(error);
      throw error;
    }
  };
  const what = `part ${index + 1} of ${plan.partCount}`;
  const send = () => requests.run({ what, request: sendRest, sizeBytes: range.sizeBytes }, signal);
  const receipt = await whileProgressing(send, () => at);
  if (at < range.offset) {
    await session.keepParts(session.data.parts.filter((part) => !isLost(part, lane, at)));
    return at;
  }
  if (sent === undefined) return at;
  // Without a receipt only the answer was lost. The bytes have arrived and are counted already.
  progress.partDone(index, receipt === undefined ? 0 : rest.sizeBytes);
  const { offset, sizeBytes, sha256 } = sent;
  const error = lastError === undefined ? {} : { error: lastError };
  const done = { index, offset, sizeBytes, sha256, tag: receipt?.tag ?? '', uploadedAtMs: now(), tryCount, ...error };
  await active.record(done, receipt?.expiresAtMs);
  return endOf(rest);
}

/**
 * Resets the number of retries as long as the target makes progress, so that a large part can be sent over a bad
 * connection too.
 *
 * @throws the error of the last try, when no try of its round made progress.
 */
async function whileProgressing<T>(send: () => Promise<T>, readOffset: () => number): Promise<T> {
  for (let before = readOffset(); ; before = readOffset()) {
    try {
      return await send();
    } catch (error) {
      if (readOffset() <= before || !isChatferryError(error) || !error.retryable) throw error;
    }
  }
}

/** How many bytes the target has. More than were sent is an error. */
async function offsetThere(
  { target, file }: ActiveUpload,
  { lane, range }: LaneRange,
  signal: AbortSignal,
): Promise<number> {
  const held = await target.held(lane.upload, { file, receipts: [] }, signal);
  if (held.kind !== 'offset') throw new UploadGone(`${target.id} discarded the unfinished upload`);
  const most = endOf(range);
  if (held.offset >= lane.offset && held.offset <= most) return held.offset;
  throw new UploadGone(`${target.id} claims to have ${held.offset} bytes, but was sent at most ${most}`);
}

/**
 * The range from an offset to the end of its part, or a full part if the target requires that. Lanes end at part
 * boundaries.
 */
function rangeFrom({ plan, target }: ActiveUpload, offset: number): PartRange {
  const index = Math.min(plan.partCount - 1, Math.floor(offset / plan.partBytes));
  if (target.limits.fullPartsFromOffset !== true) return restOf(partRange(plan, index), offset);
  const sizeBytes = Math.min(plan.partBytes, plan.sizeBytes - offset);
  return { index, offset, sizeBytes, isLast: offset + sizeBytes === plan.sizeBytes };
}

function restOf(range: PartRange, offset: number): PartRange {
  return { ...range, offset, sizeBytes: endOf(range) - offset };
}

function endOf({ offset, sizeBytes }: PartRange): number {
  return offset + sizeBytes;
}

function isLost(part: { readonly offset: number; readonly sizeBytes: number }, lane: Lane, to: number): boolean {
  const isOfLane = part.offset >= lane.offset && part.offset < lane.offset + lane.sizeBytes;
  return isOfLane && part.offset + part.sizeBytes > to;
}

function lostBytes({ file, target }: ActiveUpload, expected: number, found: number): ChatferryError {
  const message = `${file.name}: ${target.id} had ${expected} bytes and now says ${found}, again and again. Try another target.`;
  return new ChatferryError('REMOTE_ERROR', message);
}
