import { errorMessage } from '../errors/chatferry-error.js';
import { fileOnItsWay } from './file-on-its-way.js';
import { uploadFile } from './file-upload.js';
import type { OpenSession } from './open-session.js';
import { planParts, type PartPlan } from './part-plan.js';
import { PartReader } from './part-reader.js';
import { expectedOf, type PreparedFile, requireSame } from './prepared-file.js';
import type { ProgressTracker } from './progress-tracker.js';
import { Requests } from './requests.js';
import type { UploadPath } from './rollout.js';
import { chooseSession, sessionIdOf } from './session-choice.js';
import type { TargetRun } from './target-run.js';
import type { UploadItem } from './uploaded-file.js';
import type { Checksum, RemoteFile } from './upload-target.js';

/** A file that has arrived. */
export interface SentFile {
  readonly remote: RemoteFile;
  /** What it was compared by at the far end. */
  readonly by: Checksum;
}

export interface FileToSend {
  readonly item: UploadItem;
  readonly prepared: PreparedFile;
  readonly progress: ProgressTracker;
}

/**
 * Sends a file by its session, and compares it at the far end. A session that did not come to its end stays.
 *
 * @throws {ChatferryError} `LOCKED` when another run works on the same session; `CONTENT_MISMATCH`; what the target throws.
 *   The signal's reason.
 */
export async function sendFile(
  run: TargetRun,
  { item, prepared, progress }: FileToSend,
  signal: AbortSignal,
): Promise<SentFile> {
  const { target, store, sessionName, rollout } = run;
  const { name, sha256 } = prepared.file;
  const key = { path: item.path, target: target.id, name, ...(sessionName === undefined ? {} : { sessionName }) };
  const sessionId = sessionIdOf(key);
  store.claim(sessionId);
  const path = rollout.pathOf(sha256);
  const startedMs = performance.now();
  const endRollout = (error?: unknown): void => {
    rollout.ended(path, { sentBytes: progress.sentBytes, wallMs: performance.now() - startedMs, error });
  };
  try {
    const { session, plan } = await openSession(run, item, prepared, signal);
    try {
      const sent = await sendBySession(run, prepared, { session, plan, path, progress }, signal);
      await run.sessions.remove(sessionId);
      endRollout();
      return sent;
    } catch (error) {
      if (!signal.aborted) endRollout(error);
      await (signal.aborted ? session.end('paused') : session.end('failed', errorMessage(error)));
      throw error;
    }
  } finally {
    store.release(sessionId);
  }
}

interface OpenedSession {
  readonly session: OpenSession;
  readonly plan: PartPlan;
}

async function openSession(
  run: TargetRun,
  { path }: UploadItem,
  { source, file }: PreparedFile,
  signal: AbortSignal,
): Promise<OpenedSession> {
  const { target, sessions, sessionName, now, onNote } = run;
  const wanted = {
    path,
    target: target.id,
    name: file.name,
    ...(sessionName === undefined ? {} : { sessionName }),
    mark: source.mark,
    sha256: file.sha256,
    planFor: (partBytes = run.chosenPartBytes) => planParts(file.sizeBytes, target.limits, partBytes),
    lifeMs: Math.min(run.sessionLifeMs, target.limits.sessionLifeMs ?? Infinity),
  };
  const { session, plan, replaced } = await chooseSession(wanted, sessions, now);
  if (replaced !== undefined) {
    onNote(`${file.name}: ${replaced.reason}. It starts over.`);
    if (replaced.session.remote !== undefined) await target.abort(replaced.session.remote, signal);
  }
  return { session, plan };
}

interface SessionWork extends OpenedSession {
  readonly path: UploadPath;
  readonly progress: ProgressTracker;
}

async function sendBySession(
  run: TargetRun,
  { source, file }: PreparedFile,
  { session, plan, path, progress }: SessionWork,
  signal: AbortSignal,
): Promise<SentFile> {
  const { target, budgets, retry, bandwidth, onNote, store, now } = run;
  const parallelism = budgets[path];
  const requests = new Requests({ parallelism, retry, onNote, subject: file.name });
  const reader = new PartReader({ source, bandwidth, progress });
  const senderCount = path === 'parallel' && target.abilities.parallelParts ? parallelism.most : 1;
  const way = fileOnItsWay({ source, file, plan, target, session, reader, progress, requests, senderCount, now });
  const onStartOver = (reason: string): void => {
    onNote(`${file.name}: ${reason}. It starts over.`);
  };
  const remote = await uploadFile(way, onStartOver, signal);
  const compare = () => target.confirm(remote, expectedOf(file), signal);
  const confirmation = await requests.run('comparison', 0, compare, signal);
  requireSame(file, target, confirmation);
  store.remember(target.id, file.sha256, { ...remote, name: file.name, sizeBytes: file.sizeBytes }, now());
  return { remote, by: confirmation.state === 'missing' ? 'size' : confirmation.by };
}
