import { isChatferryError } from '../../errors/chatferry-error.js';
import type { BegunUpload } from '../../upload/session/begun-uploads.js';
import type { RemoteUpload } from '../../upload/upload-target.js';
import { openTarget, type TargetContext } from './open-target.js';
import type { SessionRoom } from './session-room.js';

export interface AbandonedUploadsOptions extends TargetContext {
  readonly room: SessionRoom;
}

/**
 * Aborts unfinished uploads at a target that were begun from here and that no session can resume: those of a run that
 * was killed before it wrote its session, and those of a lost or damaged session. Other programs may write to the same
 * place, so only uploads that our store recorded at their start are aborted. Name and age do not matter.
 *
 * @param spec - A target that lists its unfinished uploads. For other targets, nothing is aborted.
 * @returns how many were aborted.
 * @throws {ChatferryError} what the target throws; the signal's reason.
 */
export async function endAbandoned(
  spec: string,
  options: AbandonedUploadsOptions,
  signal: AbortSignal,
): Promise<number> {
  const { room } = options;
  await using opened = await openTarget(spec, options);
  const { target } = opened;
  if (target.unfinished === undefined) return 0;
  target.useFacts?.(room.store.factsOf(target.id));
  const begun = room.store.begunAt(target.id);
  // Read before the target lists its uploads, so that uploads that begin later are not touched.
  const over = new Set(begun.list());
  let count = 0;
  for await (const { upload } of target.unfinished(signal)) {
    const own = [...over].find(({ remote }) => isSame(upload, remote));
    if (own === undefined) continue;
    over.delete(own);
    await unlessInUse(room, own, async () => {
      await target.abort(own.remote, signal);
      begun.ended(own.remote);
      count += 1;
    });
  }
  for (const own of over) {
    await unlessInUse(room, own, () => {
      begun.ended(own.remote);
      return Promise.resolve();
    });
  }
  return count;
}

/** Runs `work` unless a run holds the session that began the upload, or the session can resume it. */
async function unlessInUse(room: SessionRoom, own: BegunUpload, work: () => Promise<void>): Promise<void> {
  const { sessionId, remote } = own;
  try {
    room.store.claim(sessionId);
  } catch (error) {
    if (isChatferryError(error, 'LOCKED')) return;
    throw error;
  }
  try {
    const session = await room.sessions.read(sessionId);
    if (session?.remote === undefined || !isSame(remote, session.remote)) await work();
  } finally {
    room.store.release(sessionId);
  }
}

/** Whether an upload has all these properties. It may have others that the target does not list. */
function isSame(facts: RemoteUpload, upload: RemoteUpload): boolean {
  return Object.entries(facts).every(([name, value]) => upload[name] === value);
}
