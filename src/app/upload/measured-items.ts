import { fileSizeOf } from '../../upload/file/file-size.js';
import type { OpenedItems } from './upload-job.js';

/** The number and size of the files to send. */
export interface MeasuredItems {
  readonly fileCount: number;
  readonly bytes: number;
}

/** Counts files and their bytes without reading them. A missing file counts as empty. @throws the signal's reason. */
export async function measureItems(files: OpenedItems, signal: AbortSignal): Promise<MeasuredItems> {
  let [fileCount, bytes] = [0, 0];
  for await (const { path, bytesPath = path } of files.items(signal)) {
    fileCount += 1;
    bytes += (await fileSizeOf(bytesPath)) ?? 0;
  }
  return { fileCount, bytes };
}
