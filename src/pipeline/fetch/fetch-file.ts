import { relative } from 'node:path';

import type { MediaTarget } from '../../archive/files/file-name.js';
import type { Media } from '../../chat/media.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import type { DownloadedFile, DownloadJournal } from '../../source/message-source.js';
import type { MediaFetcherOptions } from './fetch-options.js';

export interface FetchOptions extends Pick<
  MediaFetcherOptions,
  'source' | 'archive' | 'files' | 'folder' | 'chatFolder' | 'selection' | 'onBytes'
> {
  /** Absolute. */
  readonly temporaryPath: string;
  readonly journal: DownloadJournal | undefined;
  readonly signal: AbortSignal;
}

/** Downloads a file to its temporary path, unless an earlier run has left it complete there. */
export async function fetchFile(target: MediaTarget, options: FetchOptions): Promise<DownloadedFile> {
  const { source, selection, temporaryPath, journal, onBytes, signal } = options;
  const { maxSizeBytes } = selection;
  const { message, media } = target;
  const complete = await leftComplete(media, options);
  if (complete !== undefined) return complete;
  return source.download(message, media, {
    path: temporaryPath,
    priority: message.id,
    ...(journal === undefined ? {} : { journal }),
    ...(maxSizeBytes === undefined ? {} : { maxSizeBytes }),
    onBytes,
    signal,
  });
}

/**
 * A source that returns another size than it announced must state that the file is complete: a wrong size must never
 * become a row, whatever the source.
 *
 * @throws {ChatferryError} `CONTENT_MISMATCH`
 */
export function checkSize({ sizeBytes: announced }: Media, { sizeBytes, isWholeAtOtherSize }: DownloadedFile): void {
  if (announced === undefined || announced === sizeBytes || isWholeAtOtherSize === true) return;
  throw new ChatferryError('CONTENT_MISMATCH', `Received ${sizeBytes} bytes, but ${announced} were announced.`, {
    retryable: true,
  });
}

/** A file that an earlier run has fetched completely, but not moved to its final name. */
async function leftComplete(
  { remoteId, sizeBytes }: Media,
  { archive, files, folder, chatFolder, temporaryPath, signal }: FetchOptions,
): Promise<DownloadedFile | undefined> {
  const noted = remoteId === undefined ? undefined : archive.parts.placementOf(folder, remoteId);
  if (noted === undefined || noted.sizeBytes !== (sizeBytes ?? noted.sizeBytes)) return undefined;
  const found = await files.digestOf(relative(chatFolder, temporaryPath), signal);
  return found?.sha256 === noted.sha256 && found.sizeBytes === noted.sizeBytes ? found : undefined;
}
