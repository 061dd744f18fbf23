/**
 * The program of a worker process. It takes jobs from its parent, one at a time, and exits with it. A decoder that crashes or
 * exhausts the memory affects only one file.
 */
import sharp from 'sharp';

import { fileError, isSystemError } from '../../disk/file-error.js';
import { PrivateFolder } from '../../disk/private-folder.js';
import { errorMessage, isChatferryError } from '../../errors/chatferry-error.js';
import { describeMedia } from '../describe-media.js';
import { pathOf, type WorkerAdmission, type WorkerOrder, type WorkerReport } from './worker-message.js';

// There are as many workers as cores, so each uses one thread. No picture comes twice, so nothing is cached.
sharp.concurrency(1);
sharp.cache(false);

/** Memory of a proof: the frames of one decoder, or both pictures, one after the other. */
const PROOF_BYTES = 150e6;

const stop = new AbortController();
let current: WorkerOrder | undefined;
let workFolder: PrivateFolder | undefined;
let onAdmitted = (): void => undefined;

process.on('message', (message: WorkerOrder | WorkerAdmission) => {
  if ('type' in message) {
    onAdmitted();
    return;
  }
  const order = message;
  current = order;
  workFolder ??= PrivateFolder.at(order.workFolder);
  void work(order).then((answer) => {
    current = undefined;
    report(answer);
  });
});
process.once('disconnect', () => {
  // The parent has no more work, or has died without cleaning up.
  stop.abort();
  workFolder?.removeSync();
  if (current !== undefined) endGroup();
  process.exit();
});
report({ type: 'ready' });

function admit(bytes: number, mayHoldNoMore: boolean = false): Promise<void> {
  return new Promise((resolve) => {
    onAdmitted = resolve;
    report({ type: 'needs', bytes, mayHoldNoMore });
  });
}

async function work({ task, ffmpeg, noFfmpeg, workFolder }: WorkerOrder): Promise<WorkerReport> {
  const onStart = (pid: number): void => {
    report({ type: 'child', pid });
  };
  try {
    if (task.type === 'prove') {
      const { proveCopy } = await import('../film/copy/copy-proof.js');
      await admit(PROOF_BYTES);
      await proveCopy(task.copy, { ffmpeg, signal: stop.signal, onStart });
      return { type: 'proved' };
    }
    const result = await describeMedia(task.job, {
      ffmpeg,
      ...(noFfmpeg === undefined ? {} : { noFfmpeg }),
      workFolder,
      signal: stop.signal,
      onStart,
      admit,
    });
    return { type: 'done', result };
  } catch (error) {
    const failure = isSystemError(error) ? fileError(error, 'read', pathOf(task)) : error;
    const code = isChatferryError(failure) ? failure.code : 'INTERNAL';
    return { type: 'failed', code, reason: errorMessage(failure) };
  }
}

/** Together with programs of the job. A normal exit would leave these running, and wait for a decoder. */
function endGroup(): void {
  try {
    process.kill(process.platform === 'win32' ? process.pid : -process.pid, 'SIGKILL');
  } catch {
    process.kill(process.pid, 'SIGKILL'); // Started by hand, it leads no process group.
  }
}

function report(message: WorkerReport): void {
  process.send?.(message);
}
