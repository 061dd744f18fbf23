import { isChatferryError } from '../errors/chatferry-error.js';
import type { FileOnItsWay } from './file-on-its-way.js';
import type { OpenSession } from './session/open-session.js';
import { sendInOrder } from './parts/send-in-order.js';
import { sendParts } from './parts/send-parts.js';
import { UploadGone } from './upload-gone.js';
import type { HeldParts, PartReceipt, RemoteFile, RemoteUpload } from './upload-target.js';

/** How often a file begins anew in one run, when the far end gives up what was begun. */
const MOST_NEW_STARTS = 2;

/** What the far end has of an upload, and how it is called there. */
interface Begun {
  readonly remote: RemoteUpload;
  readonly held: HeldParts;
}

/**
 * Sends one file to one target: begins, or goes on with what an earlier run began; sends what is missing; makes it one file.
 *
 * @param onStartOver - Called with the reason when what was begun is of no use.
 * @throws {ChatferryError} when it cannot be done; parts that are there stay, and the session knows them. The signal's
 *   reason when it aborts.
 */
export async function uploadFile(
  way: FileOnItsWay,
  onStartOver: (reason: string) => void,
  signal: AbortSignal,
): Promise<RemoteFile> {
  const { progress, plan } = way;
  progress.stage(
    'chunking',
    plan.partCount === 1 ? 'Sending it in one piece' : `Sending it in ${plan.partCount} parts`,
  );
  for (let tryNumber = 1; ; tryNumber += 1) {
    try {
      return await sendOnce(way, onStartOver, signal);
    } catch (error) {
      // What came of a file that is another one now is of no use, and at some targets it is a file already.
      if (isChatferryError(error, 'SOURCE_CHANGED')) await giveUp(way, signal);
      if (!(error instanceof UploadGone) || tryNumber > MOST_NEW_STARTS) throw error;
      onStartOver(error.reason);
      await giveUp(way, signal);
    }
  }
}

/** Takes what came of an upload away, where that is possible. A failure of that is nothing new: the file has failed. */
async function giveUp({ target, session, requests, begun }: FileOnItsWay, signal: AbortSignal): Promise<void> {
  const { remote } = session.data;
  if (remote === undefined) return;
  try {
    await requests.run('giving it up', 0, () => target.abort(remote, signal, receiptsOf(session)), signal);
    begun?.ended(remote);
  } catch (error) {
    signal.throwIfAborted();
    if (!isChatferryError(error)) throw error;
  }
  await session.dropRemote();
}

async function sendOnce(
  way: FileOnItsWay,
  onStartOver: (reason: string) => void,
  signal: AbortSignal,
): Promise<RemoteFile> {
  const { original, target, session, file, plan, progress, requests } = way;
  const { remote, held } = await beginOrGoOn(way, onStartOver, signal);
  const isNew = held.kind === 'parts' && held.parts.length === 0;
  progress.stage('uploading', isNew ? 'Uploading' : 'Resuming');
  const send = target.abilities.resumesBy === 'offset' ? sendInOrder : sendParts;
  await send(way, remote, held, signal);
  await original.requireUnchanged();
  // After a kill behind the completion, the next run must know of all parts: it would send the file again.
  if (plan.partCount > 1) await session.saved();
  progress.stage('verifying', 'Combining the parts');
  const complete = () => target.complete(remote, file, receiptsOf(session), signal);
  return requests.run('completion', 0, complete, signal);
}

function receiptsOf({ data }: OpenSession): readonly PartReceipt[] {
  return data.parts.map(({ index, tag }) => ({ index, tag }));
}

async function beginOrGoOn(
  way: FileOnItsWay,
  onStartOver: (reason: string) => void,
  signal: AbortSignal,
): Promise<Begun> {
  const { target, session, file, requests, plan, senderCount, begun } = way;
  const { remote: known } = session.data;
  if (known !== undefined) {
    const receipts = receiptsOf(session);
    const look = async (): Promise<HeldParts | 'foreign'> =>
      (await target.owns(known, { name: file.name, receipts }, signal))
        ? target.held(known, file, receipts, signal)
        : 'foreign';
    const held = await requests.run('look at what is there', 0, look, signal);
    if (held !== 'foreign' && held.kind !== 'gone') return { remote: known, held };
    onStartOver(
      held === 'foreign'
        ? 'the upload session does not name the upload of this file'
        : `${target.id} no longer has the unfinished upload`,
    );
    await session.dropRemote();
  }
  const division = { partBytes: plan.partBytes, senderCount };
  const remote = await requests.run('beginning', 0, () => target.begin(file, signal, division), signal);
  begun?.note({ remote, sessionId: session.data.id }); // Before all else: a session that is not written yet would be lost with it.
  way.tellKnown(0);
  await session.setRemote(remote, way.mayBeShown());
  return { remote, held: { kind: 'parts', parts: [] } };
}
