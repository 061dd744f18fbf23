/**
 * The program of a worker process: takes jobs from its parent, one at a time, and ends with it. What a decoder does to
 * memory and process here, it does to one file.
 */
import sharp from 'sharp';

import { errorMessage, isChatferryError } from '../errors/chatferry-error.js';
import { describeMedia } from './describe-media.js';
import type { WorkerOrder, WorkerReport } from './worker-message.js';

// As many workers as cores: more threads in each would be too many, and no picture comes twice.
sharp.concurrency(1);
sharp.cache(false);

const stop = new AbortController();

process.on('message', (order: WorkerOrder) => {
  void work(order).then(report);
});
process.once('disconnect', () => {
  stop.abort();
  process.exit();
});
report({ type: 'ready' });

async function work({ job, ffmpeg }: WorkerOrder): Promise<WorkerReport> {
  try {
    const result = await describeMedia(job, {
      ffmpeg,
      signal: stop.signal,
      onStart: (pid) => {
        report({ type: 'child', pid });
      },
    });
    return { type: 'done', result };
  } catch (error) {
    const code = isChatferryError(error) ? error.code : 'FILE_SYSTEM';
    return { type: 'failed', code, reason: errorMessage(error) };
  }
}

function report(message: WorkerReport): void {
  process.send?.(message);
}
