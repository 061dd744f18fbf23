import { errorMessage, isChatferryError } from '../errors/chatferry-error.js';
import type { BegunUploads } from './session/begun-uploads.js';
import { compressFile } from './file/compression.js';
import { activeUpload } from './active-upload.js';
import { uploadFile } from './file-upload.js';
import type { OpenSession, SessionEnd } from './session/open-session.js';
import { PartReader } from './parts/part-reader.js';
import { type CutOptions, type PreparedFile, requireSame } from './file/prepared-file.js';
import type { ProgressTracker } from './progress/progress-tracker.js';
import { graceAfter } from './pace/grace.js';
import { Requests } from './pace/requests.js';
import type { UploadPath } from './pace/rollout.js';
import { chooseSession, type SessionKey, sessionIdOf } from './session/session-choice.js';
import type { SessionFiles } from './session/session-files.js';
import type { TargetRun } from './target-run.js';
import type { StoredForm, UploadItem } from './uploaded-file.js';
import type { Checksum, RemoteFile, UploadTarget } from './upload-target.js';

/** A file that has arrived. */
export interface SentFile {
  readonly remote: RemoteFile;
  /** The checksum that it was verified by at the target. */
  readonly by: Checksum;
  /** Set if the target does not keep the original bytes. */
  readonly stored?: StoredForm;
}

export interface FileToSend {
  readonly item: UploadItem;
  readonly prepared: PreparedFile;
  readonly progress: ProgressTracker;
  readonly cut: CutOptions;
}

/** Identifies the upload of one file in a run. */
export function sessionKeyOf({ target, sessionName }: TargetRun, { path, name }: UploadItem): SessionKey {
  return { path, target: target.id, name, ...(sessionName === undefined ? {} : { sessionName }) };
}

/**
 * Sends a file with its session and verifies it at the target. The session of an unfinished upload stays.
 *
 * @throws {ChatferryError} `LOCKED` when another run works on the same session; `CONTENT_MISMATCH`; what the target throws.
 *   The signal's reason.
 */
export async function sendFile(run: TargetRun, toSend: FileToSend, signal: AbortSignal): Promise<SentFile> {
  const { store, rollout } = run;
  const sessionId = sessionIdOf(sessionKeyOf(run, toSend.item));
  const path = rollout.pathOf(toSend.prepared.file.sha256);
  return rollout.run(path, async () => {
    signal.throwIfAborted();
    store.claim(sessionId);
    try {
      await using compressed = await compressFile(run, toSend, signal);
      return await sendClaimed(run, { ...toSend, prepared: compressed ?? toSend.prepared, path }, signal);
    } finally {
      store.release(sessionId);
    }
  });
}

interface ClaimedFile extends FileToSend {
  readonly path: UploadPath;
}

async function sendClaimed(run: TargetRun, claimed: ClaimedFile, signal: AbortSignal): Promise<SentFile> {
  const { target, rollout, parallelism, retry, pause, adaptive, onNote, sessions } = run;
  const { prepared, progress, path } = claimed;
  const requests = new Requests({ parallelism, retry, pause, adaptive, onNote, subject: prepared.file.name });
  const senderCount = path === 'parallel' && target.abilities.parallelParts ? parallelism.most : 1;
  const startedMs = performance.now();
  const tell = (error?: unknown): void => {
    const { count: requestCount, metErrors } = requests;
    const wallMs = performance.now() - startedMs;
    rollout.ended(path, { sentBytes: progress.transferredBytes, wallMs, requestCount, metErrors, error });
  };
  const session = await openSession(run, { ...claimed, requests }, signal);
  try {
    const sent = await sendBySession(run, { ...claimed, session, requests, senderCount }, signal);
    await sessions.remove(session.data.id);
    tell();
    return sent;
  } catch (error) {
    if (!signal.aborted) tell(error);
    if (isRefusedUnbegun(session, error)) await forgetSession(session, sessions);
    else await endBadly(session, signal.aborted ? undefined : error, reachedBy(progress, session, target));
    throw error;
  }
}

/** Whether the target refused the file before an upload began, so that there is nothing to resume. */
function isRefusedUnbegun({ data }: OpenSession, error: unknown): boolean {
  return isChatferryError(error, 'STORE_REFUSED') && data.remote === undefined && data.shownPercentage === 0;
}

async function openSession(
  run: TargetRun,
  { item, prepared, progress, requests }: ClaimedFile & { readonly requests: Requests },
  signal: AbortSignal,
): Promise<OpenSession> {
  const { target, sessions, now, onNote } = run;
  const { original, file, plan, stored } = prepared;
  const wanted = {
    ...sessionKeyOf(run, item),
    mark: original.mark,
    sha256: file.original?.sha256 ?? file.sha256,
    stored,
    plan,
    lifeMs: Math.min(run.sessionLifeMs, target.limits.sessionLifeMs ?? Infinity),
  };
  const { session, replaced } = await chooseSession(wanted, sessions, now);
  if (replaced === undefined) return session;
  progress.startsOver(replaced.reason);
  onNote(`${file.name}: ${replaced.reason}. It starts over.`);
  const { remote, parts } = replaced.session;
  if (remote === undefined) return session;
  const giveUp = async (): Promise<void> => {
    if (!(await target.owns(remote, { name: file.name, receipts: parts }, signal))) return;
    await target.abort(remote, signal, parts);
  };
  try {
    await requests.run({ what: 'giving the earlier one up', request: giveUp }, signal);
    begunOf(run)?.ended(remote);
  } catch (error) {
    signal.throwIfAborted();
    // It only costs space at the target.
    onNote(`${file.name}: the earlier unfinished upload could not be ended at the target: ${errorMessage(error)}`);
  }
  return session;
}

interface SessionWork extends ClaimedFile {
  readonly session: OpenSession;
  readonly requests: Requests;
  readonly senderCount: number;
}

async function sendBySession(
  run: TargetRun,
  { prepared, progress, session, requests, senderCount }: SessionWork,
  signal: AbortSignal,
): Promise<SentFile> {
  const { target, bandwidth, onNote, store, now } = run;
  const { original, file, plan, stored } = prepared;
  const reader = new PartReader({ prepared, bandwidth, progress });
  const begun = begunOf(run);
  const shared = { target, session, reader, progress, requests, begun, senderCount, now };
  const active = activeUpload({ original, file, plan, ...shared });
  const onStartOver = (reason: string): void => {
    progress.startsOver(reason);
    onNote(`${file.name}: ${reason}. It starts over.`);
  };
  const remote = await uploadFile(active, onStartOver, signal);
  // The file has its name at the target, so a run that is asked to stop now still records it.
  using grace = graceAfter(signal);
  const compare = () => target.confirm(remote, file, grace.signal);
  const confirmation = await requests.run({ what: 'comparison', request: compare }, grace.signal);
  // The unfinished upload is useless: the next run starts over.
  if (confirmation.state !== 'same') await session.dropRemote();
  requireSame(file, target, confirmation);
  await session.saved(); // If the run is killed after this, the session says that the upload is complete.
  const form = stored === undefined ? {} : { stored };
  const { sha256, sizeBytes } = file.original ?? file;
  store.remember({ target: target.id, sha256 }, { ...remote, name: file.name, sizeBytes, ...form }, now());
  if (session.data.remote !== undefined) begun?.ended(session.data.remote);
  return { remote, by: confirmation.by, ...form };
}

function begunOf({ target, store }: TargetRun): BegunUploads | undefined {
  return target.unfinished === undefined ? undefined : store.begunAt(target.id);
}

/** Removes the session. */
async function forgetSession(session: OpenSession, sessions: SessionFiles): Promise<void> {
  try {
    await session.saved(); // Otherwise a pending write would create the file again.
    await sessions.remove(session.data.id);
  } catch (failure) {
    if (!isChatferryError(failure, 'FILE_SYSTEM')) throw failure;
  }
}

/** How far the upload came, as shown to the user. */
function reachedBy(progress: ProgressTracker, { data }: OpenSession, { abilities }: UploadTarget): SessionEnd {
  const { shownPercentage, reportedBytes } = progress;
  const goesOnAtByte = abilities.resumesBy === 'offset' && data.remote !== undefined;
  return { shownPercentage, ...(goesOnAtByte ? { sentBytes: reportedBytes } : {}) };
}

/** Records the end of the upload in its session. If that fails, as on a full disk, the earlier record is enough. */
async function endBadly(session: OpenSession, error: unknown, reached: SessionEnd): Promise<void> {
  try {
    if (error === undefined) await session.end('paused', reached);
    else await session.end('failed', { ...reached, error: errorMessage(error) });
  } catch (failure) {
    if (!isChatferryError(failure, 'FILE_SYSTEM')) throw failure;
  }
}
