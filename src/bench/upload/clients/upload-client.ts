import type { UploadClientName, UploadRun, UploadTask } from '../upload-task.js';
import type { SendFiles, UploadContext } from './send-files.js';

/** Loads only what each client needs, because its memory is measured. */
const LOAD: Readonly<Record<UploadClientName, (task: UploadTask) => Promise<SendFiles>>> = {
  chatferry: async ({ target }) => {
    if (target.startsWith('s3:')) await import('../../../upload/targets/s3/s3-target.js'); // Loads Amazon's SDK.
    return (await import('./chatferry-uploader.js')).sendWithChatferry;
  },
  'lib-storage': async () => (await import('./lib-storage-uploader.js')).openLibStorage(),
  'tus-js-client': async () => (await import('./tus-js-uploader.js')).openTusJs(),
};

/**
 * Runs one client on one task and measures this process, which should do nothing else.
 *
 * @throws {ChatferryError} `USAGE` when the client's package is missing; what the client throws.
 */
export async function runUploadClient(task: UploadTask, context: UploadContext): Promise<UploadRun> {
  const send = await LOAD[task.client](task);
  const startedMs = performance.now();
  const startCpu = process.cpuUsage();
  const failures = await send(task, context);
  const wallSeconds = (performance.now() - startedMs) / 1000;
  const { user, system } = process.cpuUsage(startCpu);
  const failedCount = Object.values(failures).reduce((sum, count) => sum + count, 0);
  return {
    wallSeconds,
    cpuSeconds: (user + system) / 1e6,
    // Node reports kilobytes of 1024 bytes on every system.
    peakResidentBytes: process.resourceUsage().maxRSS * 1024,
    uploadedCount: task.files.length - failedCount,
    failures,
  };
}
