import type { UnfinishedUpload, UploadTarget } from '../../upload/upload-target.js';
import { openTarget } from './open-target.js';
import type { SessionCleaningOptions } from './session-cleaning.js';

/**
 * Ends uploads at a far end that were begun by this user and that no session goes on with: what a run left that was killed
 * before it wrote its session, or whose session was lost. Those are: called like a file of ours there, and begun longer ago than
 * a session lives, so that nobody else's work is ended.
 *
 * @param spec - Of a target that lists its unfinished uploads; of others nothing is ended.
 * @returns how many were ended.
 * @throws {ChatferryError} what the target throws; the signal's reason.
 */
export async function endAbandoned(
  spec: string,
  options: SessionCleaningOptions,
  signal: AbortSignal,
): Promise<number> {
  const { room, settings, now } = options;
  await using opened = await openTarget(spec, options);
  const { target } = opened;
  if (target.unfinished === undefined) return 0;
  target.useFacts?.(room.store.factsOf(target.id));
  await target.check(signal);
  const sessions = (await room.sessions.list()).filter((session) => session.target === target.id);
  const inUse = new Set(sessions.flatMap(({ remote }) => (remote === undefined ? [] : [keyOf(remote)])));
  const names = new Set(sessions.map(({ name }) => name));
  const begunBeforeMs = now() - settings.uploadSessionLifeMs;
  const isAbandoned = ({ upload, name, begunAtMs }: UnfinishedUpload): boolean =>
    !inUse.has(keyOf(upload)) &&
    begunAtMs !== undefined &&
    begunAtMs < begunBeforeMs &&
    (names.has(name) || room.store.hasSent(target.id, name));
  return await endAll(target, isAbandoned, signal);
}

async function endAll(
  target: UploadTarget,
  isAbandoned: (unfinished: UnfinishedUpload) => boolean,
  signal: AbortSignal,
): Promise<number> {
  let count = 0;
  for await (const unfinished of target.unfinished?.(signal) ?? []) {
    if (!isAbandoned(unfinished)) continue;
    await target.abort(unfinished.upload, signal);
    count += 1;
  }
  return count;
}

/** The same for the same upload, in whatever order its facts stand. */
function keyOf(upload: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(upload).sort(([one], [other]) => (one < other ? -1 : 1)));
}
