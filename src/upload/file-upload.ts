import { isChatferryError } from '../errors/chatferry-error.js';
import type { ActiveUpload } from './active-upload.js';
import type { OpenSession } from './session/open-session.js';
import { sendInOrder } from './parts/send-in-order.js';
import { sendParts } from './parts/send-parts.js';
import { UploadGone } from './upload-gone.js';
import type { BegunUpload, HeldParts, PartReceipt, RemoteFile } from './upload-target.js';

/** How often a file starts over in one run if the target discards its upload. */
const MAX_NEW_STARTS = 2;

/**
 * Sends one file to one target: begins an upload or resumes that of an earlier run, sends the missing parts, and
 * combines them.
 *
 * @param onStartOver - Called with the reason when the earlier upload is useless.
 * @throws {ChatferryError} when it fails; finished parts stay, and the session has them. The signal's reason when it
 *   aborts.
 */
export async function uploadFile(
  active: ActiveUpload,
  onStartOver: (reason: string) => void,
  signal: AbortSignal,
): Promise<RemoteFile> {
  const { progress, plan } = active;
  progress.stage(
    'chunking',
    plan.partCount === 1 ? 'Sending it in one piece' : `Sending it in ${plan.partCount} parts`,
  );
  for (let tryNumber = 1; ; tryNumber += 1) {
    try {
      return await sendOnce(active, onStartOver, signal);
    } catch (error) {
      // The upload of a file that has changed is useless, and at some targets it is already a file.
      if (isChatferryError(error, 'SOURCE_CHANGED')) await abortQuietly(active, signal);
      if (!(error instanceof UploadGone) || tryNumber > MAX_NEW_STARTS) throw error;
      onStartOver(error.reason);
      await abortQuietly(active, signal);
    }
  }
}

/** Aborts an upload if possible. A failure is ignored, because the file has already failed. */
async function abortQuietly({ target, session, requests, begun }: ActiveUpload, signal: AbortSignal): Promise<void> {
  const { remote } = session.data;
  if (remote === undefined) return;
  try {
    const request = () => target.abort(remote, signal, receiptsOf(session));
    await requests.run({ what: 'giving it up', request }, signal);
    begun?.ended(remote);
  } catch (error) {
    signal.throwIfAborted();
    if (!isChatferryError(error)) throw error;
  }
  await session.dropRemote();
}

async function sendOnce(
  active: ActiveUpload,
  onStartOver: (reason: string) => void,
  signal: AbortSignal,
): Promise<RemoteFile> {
  const { original, target, session, file, plan, progress, requests } = active;
  const { remote, held } = await beginOrResume(active, onStartOver, signal);
  const isNew = held.kind === 'parts' && held.parts.length === 0;
  progress.stage('uploading', isNew ? 'Uploading' : 'Resuming');
  const send = target.abilities.resumesBy === 'offset' ? sendInOrder : sendParts;
  await send(active, { remote, held }, signal);
  await original.requireUnchanged();
  // If the run is killed after the completion, the next run must know all parts, or it would send the file again.
  if (plan.partCount > 1) await session.saved();
  progress.stage('verifying', 'Combining the parts');
  const complete = () => target.complete(remote, { file, receipts: receiptsOf(session) }, signal);
  return requests.run({ what: 'completion', request: complete }, signal);
}

function receiptsOf({ data }: OpenSession): readonly PartReceipt[] {
  return data.parts.map(({ index, tag }) => ({ index, tag }));
}

async function beginOrResume(
  active: ActiveUpload,
  onStartOver: (reason: string) => void,
  signal: AbortSignal,
): Promise<BegunUpload> {
  const { target, session, file, requests, plan, senderCount, begun } = active;
  const { remote: known } = session.data;
  if (known !== undefined) {
    const receipts = receiptsOf(session);
    const look = async (): Promise<HeldParts | 'foreign'> =>
      (await target.owns(known, { name: file.name, receipts }, signal))
        ? target.held(known, { file, receipts }, signal)
        : 'foreign';
    const held = await requests.run({ what: 'look at what is there', request: look }, signal);
    if (held !== 'foreign' && held.kind !== 'gone') return { remote: known, held };
    onStartOver(
      held === 'foreign'
        ? 'the upload session does not name the upload of this file'
        : `${target.id} no longer has the unfinished upload`,
    );
    await session.dropRemote();
  }
  const division = { partBytes: plan.partBytes, senderCount };
  const begin = () => target.begin(file, signal, division);
  const remote = await requests.run({ what: 'beginning', request: begin }, signal);
  begun?.note({ remote, sessionId: session.data.id }); // First of all, because until the session is written, nothing else records this upload.
  active.reportKnown(0);
  await session.setRemote(remote, active.mayBeShown());
  return { remote, held: { kind: 'parts', parts: [] } };
}
