import { ChatferryError } from '../errors/chatferry-error.js';
import { SourceFile } from './source-file.js';
import type { UploadItem } from './uploaded-file.js';
import type { Confirmation, ExpectedFile, OutgoingFile, UploadTarget } from './upload-target.js';

/** A file that is open and known by its digests. */
export interface PreparedFile extends AsyncDisposable {
  readonly source: SourceFile;
  readonly file: OutgoingFile;
}

/**
 * Opens a file, checks that the target takes it, and digests it.
 *
 * @throws {ChatferryError} `STORE_REFUSED` when it is too large; `SOURCE_CHANGED`; `FILE_SYSTEM`. The signal's reason.
 */
export async function prepareFile(
  { path, name, contentType = 'application/octet-stream' }: UploadItem,
  target: UploadTarget,
  signal: AbortSignal,
): Promise<PreparedFile> {
  const source = await SourceFile.open(path);
  try {
    const { sizeBytes } = source;
    requireSize(path, sizeBytes, target);
    const { sha256, md5 } = await source.digest(0, sizeBytes, signal);
    await source.requireUnchanged();
    const file: OutgoingFile = { name, sizeBytes, sha256, md5, contentType };
    return { source, file, [Symbol.asyncDispose]: () => source[Symbol.asyncDispose]() };
  } catch (error) {
    await source[Symbol.asyncDispose]();
    throw error;
  }
}

/** What must be the same at the far end. */
export function expectedOf({ sizeBytes, sha256, md5 }: OutgoingFile): ExpectedFile {
  return { sizeBytes, sha256, ...(md5 === undefined ? {} : { md5 }) };
}

/** @throws {ChatferryError} `CONTENT_MISMATCH` unless the far end has just these bytes. */
export function requireSame({ name }: OutgoingFile, target: UploadTarget, confirmation: Confirmation): void {
  if (confirmation.state === 'same') return;
  const found =
    confirmation.state === 'missing' ? 'it is not there' : `its ${confirmation.by} there is ${confirmation.found}`;
  const message = `${name} is not at ${target.id} as it was sent: ${found}. Run the same command again.`;
  throw new ChatferryError('CONTENT_MISMATCH', message);
}

function requireSize(path: string, sizeBytes: number, { id, limits }: UploadTarget): void {
  if (sizeBytes <= limits.largestFileBytes) return;
  const message = `${path} has ${sizeBytes} bytes, and ${id} takes files of up to ${limits.largestFileBytes}. Choose another target for it.`;
  throw new ChatferryError('STORE_REFUSED', message);
}
