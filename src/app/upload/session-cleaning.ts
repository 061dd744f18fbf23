import { type ErrorCode, errorMessage, isChatferryError } from '../../errors/chatferry-error.js';
import type { UploadSession } from '../../upload/session/upload-session.js';
import { openTarget, type TargetContext } from './open-target.js';
import type { SessionRoom } from './session-room.js';

/** How often a long run looks for sessions that have expired. */
const BETWEEN_CLEANINGS_MS = 3_600_000;
const SAYS_NOTHING_OF_A_TARGET: ReadonlySet<ErrorCode> = new Set(['FILE_SYSTEM', 'INTERNAL']);

export interface SessionCleaningOptions extends TargetContext {
  readonly room: SessionRoom;
  /** UTC milliseconds. */
  readonly now: () => number;
  readonly onNote: (text: string) => void;
  /** Calls `work` again and again, until what it returns is called. @defaultValue a timer that keeps no process alive */
  readonly repeat?: (work: () => void, intervalMs: number) => () => void;
}

/** What became of sessions that were to be removed. */
export interface CleanedSessions {
  readonly removed: readonly UploadSession[];
  /** Those that stay, each with why. */
  readonly kept: readonly { readonly session: UploadSession; readonly reason: string }[];
}

/**
 * Removes sessions, and what came of them at the far end. One stays where another run works on it, and where the far end
 * could not be told: what lies there would cost money that nobody sees.
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
  const silent = new Map<string, string>(); // Targets that do not answer are asked once.
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
  // Some learn by it how an upload is ended. A folder that is not there, as on a share that is not mounted, is not made.
  await (target.look === undefined ? target.check(signal) : target.look(signal));
  // What a damaged session names is not this file's: the session goes, and nothing else.
  if (!(await target.owns(remote, { name, receipts: parts }, signal))) return;
  await target.abort(remote, signal, parts);
  room.store.begunAt(id).ended(remote);
}

/** Removes what has expired at the beginning, and every hour until it is disposed of. What cannot be removed is said once. */
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
   * Removes what has expired at these targets, whose sessions the run is about to use; what has expired elsewhere is removed
   * meanwhile.
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

  /** A run is about its files: what goes wrong here does not end it. */
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
