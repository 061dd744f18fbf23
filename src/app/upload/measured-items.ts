import { stat } from 'node:fs/promises';

import { isSystemError } from '../../disk/file-error.js';
import type { OpenedItems } from './upload-job.js';

/** How much there is to send. */
export interface MeasuredItems {
  readonly fileCount: number;
  readonly bytes: number;
}

/** Counts files and their bytes without reading them. What is not there counts as empty. @throws the signal's reason. */
export async function measureItems(files: OpenedItems, signal: AbortSignal): Promise<MeasuredItems> {
  let [fileCount, bytes] = [0, 0];
  for await (const { path, bytesPath = path } of files.items(signal)) {
    fileCount += 1;
    bytes += (await sizeOf(bytesPath)) ?? 0;
  }
  return { fileCount, bytes };
}

/** Undefined where it cannot be looked at. */
export async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}
