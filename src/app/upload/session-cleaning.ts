import { type ErrorCode, errorMessage, isChatferryError } from '../../errors/chatferry-error.js';
import type { UploadSession } from '../../upload/session/upload-session.js';
import { openTarget, type TargetContext } from './open-target.js';
import type { SessionRoom } from './session-room.js';

/** How often a long run looks for expired sessions. */
const BETWEEN_CLEANINGS_MS = 3_600_000;
const SAYS_NOTHING_OF_A_TARGET: ReadonlySet<ErrorCode> = new Set(['FILE_SYSTEM', 'INTERNAL']);

export interface SessionCleaningOptions extends TargetContext {
  readonly room: SessionRoom;
  /** UTC milliseconds. */
  readonly now: () => number;
  readonly onNote: (text: string) => void;
  /**
   * Calls `work` repeatedly until the returned function is called.
   *
   * @defaultValue a timer that does not keep the process alive
   */
  readonly repeat?: (work: () => void, intervalMs: number) => () => void;
}

/** The result of removing sessions. */
export interface CleanedSessions {
  readonly removed: readonly UploadSession[];
  /** Sessions that stay, each with the reason. */
  readonly kept: readonly { readonly session: UploadSession; readonly reason: string }[];
}

/**
 * Removes sessions and their unfinished uploads at the target. A session stays if another run uses it, or if the upload
 * could not be aborted at the target, where it would otherwise cost money unnoticed.
 *
 * @throws the signal's reason; {@link ChatferryError} `FILE_SYSTEM`.
 */
export async function removeSessions(
  chosen: readonly UploadSession[],
  { room, settings, cwd }: Pick<SessionCleaningOptions, 'room' | 'settings' | 'cwd'>,
  signal: AbortSignal,
): Promise<CleanedSessions> {
  const removed: UploadSession[] = [];
  const kept: { session: UploadSession; reason: string }[] = [];
  const silent = new Map<string, string>(); // Targets that did not answer; they are not asked again.
  for (const session of chosen) {
    signal.throwIfAborted();
    const silence = silent.get(session.target);
    if (silence !== undefined) {
      kept.push({ session, reason: silence });
      continue;
    }
    try {
      room.store.claim(session.id);
    } catch (error) {
      if (!isChatferryError(error, 'LOCKED')) throw error;
      kept.push({ session, reason: error.message });
      continue;
    }
    try {
      await abortRemote(session, { room, settings, cwd }, signal);
      await room.sessions.remove(session.id);
      removed.push(session);
    } catch (error) {
      signal.throwIfAborted();
      if (!isChatferryError(error) || SAYS_NOTHING_OF_A_TARGET.has(error.code)) throw error;
      kept.push({ session, reason: error.message });
      silent.set(session.target, error.message);
    } finally {
      room.store.release(session.id);
    }
  }
  return { removed, kept };
}

async function abortRemote(
  { remote, name, parts, target: id }: UploadSession,
  { room, ...context }: Pick<SessionCleaningOptions, 'room' | 'settings' | 'cwd'>,
  signal: AbortSignal,
): Promise<void> {
  if (remote === undefined) return;
  await using opened = await openTarget(id, context);
  const { target } = opened;
  target.useFacts?.(room.store.factsOf(id));
  // Some targets learn here how to abort an upload. A missing folder, as on a share that is not mounted, is not
  // created.
  await (target.look === undefined ? target.check(signal) : target.look(signal));
  // A damaged session may name the upload of another file. Then only the session is removed.
  if (!(await target.owns(remote, { name, receipts: parts }, signal))) return;
  await target.abort(remote, signal, parts);
  room.store.begunAt(id).ended(remote);
}

/**
 * Removes expired sessions at the start, and every hour until it is disposed of. Sessions that cannot be removed are
 * reported once.
 */
export class SessionCleaning implements AsyncDisposable {
  readonly #options: SessionCleaningOptions;
  readonly #stop = new AbortController();
  readonly #said = new Set<string>();
  readonly #endTimer: () => void;
  #running: Promise<void> = Promise.resolve();

  constructor(options: SessionCleaningOptions) {
    this.#options = options;
    const { repeat = repeatedly } = options;
    this.#endTimer = repeat(() => {
      this.#inBackground(() => true);
    }, BETWEEN_CLEANINGS_MS);
  }

  /**
   * Removes expired sessions of these targets, which the run is about to use. Those of other targets are removed in the
   * background.
   *
   * @throws the signal's reason; {@link ChatferryError} `FILE_SYSTEM`.
   */
  async begin(targetIds: readonly string[], signal: AbortSignal): Promise<void> {
    const isOwn = ({ target }: UploadSession): boolean => targetIds.includes(target);
    await this.#clean(isOwn, signal);
    this.#inBackground((session) => !isOwn(session));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#endTimer();
    this.#stop.abort();
    await this.#running;
  }

  /** An error here must not end the run. */
  #inBackground(isMeant: (session: UploadSession) => boolean): void {
    this.#running = this.#running.then(async () => {
      try {
        await this.#clean(isMeant, this.#stop.signal);
      } catch (error) {
        if (!this.#stop.signal.aborted) this.#options.onNote(errorMessage(error));
      }
    });
  }

  async #clean(isMeant: (session: UploadSession) => boolean, signal: AbortSignal): Promise<void> {
    const { room, now, onNote } = this.#options;
    const sessions = await room.sessions.list();
    const expired = sessions.filter((session) => session.expiresAtMs <= now() && isMeant(session));
    const { removed, kept } = await removeSessions(expired, this.#options, signal);
    if (removed.length > 0) onNote(`Removed ${countOf(removed.length)} that had expired.`);
    const news = kept.filter(({ session }) => !this.#said.has(session.id));
    for (const { session } of news) this.#said.add(session.id);
    if (news.length > 0) {
      onNote(
        `${countOf(news.length)} that had expired could not be ended at the target. "chatferry upload sessions clean" says why.`,
      );
    }
  }
}

function repeatedly(work: () => void, intervalMs: number): () => void {
  const timer = setInterval(work, intervalMs);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}

function countOf(count: number): string {
  return count === 1 ? '1 upload session' : `${count} upload sessions`;
}
