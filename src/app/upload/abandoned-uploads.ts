import { isChatferryError } from '../../errors/chatferry-error.js';
import type { BegunUpload } from '../../upload/session/begun-uploads.js';
import type { RemoteUpload } from '../../upload/upload-target.js';
import { openTarget, type TargetContext } from './open-target.js';
import type { SessionRoom } from './session-room.js';

export interface AbandonedUploadsOptions extends TargetContext {
  readonly room: SessionRoom;
}

/**
 * Ends uploads at a far end that were begun from here and that no session goes on with: what a run left that was killed before
 * it wrote its session, and what a lost or damaged session had. Others may write to the same place: only what the store of
 * uploads noted when it was begun is ours, and nothing is told by its name or age.
 *
 * @param spec - Of a target that lists its unfinished uploads; of others nothing is ended.
 * @returns how many were ended.
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
  // Read before the far end lists: what is begun from now on is not touched.
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

/** Does it unless a run works on the session that began the upload, or the session goes on with it. */
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

/** Whether an upload has all these facts. It may have more, which the far end does not list. */
function isSame(facts: RemoteUpload, upload: RemoteUpload): boolean {
  return Object.entries(facts).every(([name, value]) => upload[name] === value);
}
