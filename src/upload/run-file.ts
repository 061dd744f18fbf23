import { isSettled, knownFile } from './file/known-file.js';
import { prepareFile } from './file/prepared-file.js';
import type { ProgressTracker } from './progress/progress-tracker.js';
import { Requests } from './pace/requests.js';
import { sendFile, type SentFile, sessionKeyOf } from './send-file.js';
import { rememberedFile } from './remembered-file.js';
import { removeLeftSession } from './session/left-session.js';
import { nameBeforeMove } from './session/moved-session.js';
import { readEarlier } from './session/session-choice.js';
import type { TargetRun } from './target-run.js';
import type { ArrivedFile, UploadItem } from './uploaded-file.js';
import type { FinishedFile, OutgoingFile, RemoteFile } from './upload-target.js';

export interface FileToRun {
  readonly item: UploadItem;
  readonly progress: ProgressTracker;
}

/** Uploads one file to one target, unless it is there already. @throws {ChatferryError}; the signal's reason. */
export async function runFile(
  run: TargetRun,
  { item, progress }: FileToRun,
  signal: AbortSignal,
): Promise<ArrivedFile> {
  const { target, store, now } = run;
  const earlier = await readEarlier(sessionKeyOf(run, item), run.sessions);
  progress.beginAt(earlier?.shownPercentage ?? 0);
  progress.stage('preparing', 'Looking at the file');
  const known = await knownFile(run, item);
  if (known !== undefined) {
    progress.sizeIs(known.sizeBytes);
    await checkedTarget(run, signal);
  }
  const presentUnread = known === undefined ? undefined : await presentFile(run, known, signal);
  if (known !== undefined && presentUnread !== undefined) {
    if (earlier !== undefined) await removeLeftSession(run, earlier, known);
    return await done(run, { item, progress, file: known, sent: presentUnread }, signal);
  }

  progress.stage('preparing', 'Reading the file');
  const cut = {
    target,
    chosenPartBytes: run.chosenPartBytes,
    earlierPartBytes: earlier?.partBytes,
    parallelCount: run.cutFor ?? run.parallelism.most,
    onSize: (sizeBytes: number) => {
      progress.sizeIs(sizeBytes);
    },
  };
  await using prepared = await prepareFile(item, cut, signal);
  const { file, original } = prepared;
  await checkedTarget(run, signal);
  if (item.bytesPath === undefined && isSettled(original.mark, now())) store.noteDigest(item.path, original.mark, file);
  const earlierName = earlier === undefined ? await nameBeforeMove(run, item, file) : undefined;
  if (earlierName !== undefined) {
    const message = `${item.path} was called ${earlierName} in the session ${run.sessionName ?? ''}: it continues under that name, which it keeps at the target.`;
    run.onNote(message);
    return await runFile(run, { item: { ...item, name: earlierName }, progress }, signal);
  }
  const present = await presentFile(run, file, signal);
  if (present !== undefined && earlier !== undefined) await removeLeftSession(run, earlier, file);
  const sent = present ?? (await sendFile(run, { item, prepared, progress, cut }, signal));
  return await done(run, { item, progress, file, sent, isNew: present === undefined }, signal);
}

/** Waits until the target was checked. @throws what the check throws; the signal's reason, also when the target is given up. */
async function checkedTarget({ checked }: TargetRun, signal: AbortSignal): Promise<void> {
  await checked;
  signal.throwIfAborted();
}

interface SentItem extends FileToRun {
  readonly file: OutgoingFile;
  readonly sent: ThereAlready;
  /** Whether this run has sent it. */
  readonly isNew?: boolean;
}

/** Runs the last step of the target, and returns the result. */
async function done(
  run: TargetRun,
  { item, progress, file, sent, isNew = false }: SentItem,
  signal: AbortSignal,
): Promise<ArrivedFile> {
  const { remote, by, stored } = sent;
  const finished = sent.finished ?? (await finishFile(run, { file, remote, progress }, signal));
  progress.complete(remote.address, isNew);
  return {
    path: item.path,
    name: file.name,
    target: run.target.id,
    sizeBytes: file.sizeBytes,
    state: isNew ? 'uploaded' : 'present',
    ...(progress.startedOver === undefined ? {} : { startedOver: progress.startedOver }),
    sha256: file.sha256,
    ...(stored === undefined ? {} : { stored }),
    remote: remote.address,
    remoteId: remote.id,
    confirmedBy: by,
    ...(remote.expiresAtMs === undefined ? {} : { expiresAtMs: remote.expiresAtMs }),
    ...finished,
  };
}

interface ThereAlready extends SentFile {
  /** The target's last step from an earlier run. */
  readonly finished?: FinishedFile;
}

interface Finishing {
  readonly file: OutgoingFile;
  readonly remote: RemoteFile;
  readonly progress: ProgressTracker;
}

/** Runs the target's last step for files that are already there. */
async function finishFile(
  { target, store, retry }: TargetRun,
  { file, remote, progress }: Finishing,
  signal: AbortSignal,
): Promise<FinishedFile> {
  const finish = target.finish?.bind(target);
  if (finish === undefined) return {};
  progress.stage('verifying', 'Waiting for what the store makes of it');
  const finished = await retry.run(() => finish(remote, file, signal), signal);
  if (finished.isRemoved === true) store.forget(target.id, file.sha256, file.name);
  return finished;
}

/** The file, if the target already has the same bytes under this name. The target is asked, unless the record is to be trusted. */
async function presentFile(run: TargetRun, file: OutgoingFile, signal: AbortSignal): Promise<ThereAlready | undefined> {
  const { target, store, retry, pause, parallelism, onNote, check = 'far-end' } = run;
  const earlier = await target.earlier?.(file, signal);
  if (earlier !== undefined) {
    const { extractedPath, isRemoved, ...remote } = earlier;
    const extracted = extractedPath === undefined ? {} : { extractedPath };
    return { remote, by: 'sha256', finished: { ...extracted, ...(isRemoved === true ? { isRemoved } : {}) } };
  }
  const remote = await rememberedFile(run, file);
  if (remote === undefined) return undefined;
  const { stored } = remote;
  if (check === 'remembered')
    return { remote, by: target.abilities.verifiesBy, ...(stored === undefined ? {} : { stored }) };
  const requests = new Requests({ retry, pause, parallelism, onNote, subject: file.name });
  const { sizeBytes, sha256 } = stored ?? file;
  const compare = () => target.confirm(remote, { sizeBytes, sha256, sentAs: file.name }, signal);
  const confirmation = await requests.run({ what: 'look at what is there', request: compare }, signal);
  if (confirmation.state === 'same')
    return { remote, by: confirmation.by, ...(stored === undefined ? {} : { stored }) };
  store.forget(target.id, file.sha256, file.name);
  return undefined;
}
