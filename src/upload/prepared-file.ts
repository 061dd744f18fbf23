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
 * @throws {ChatferryError} `STORE_REFUSED` when it is too large; `CONTENT_MISMATCH` when its bytes are not those that it must
 *   have; `SOURCE_CHANGED`; `FILE_SYSTEM`. The signal's reason.
 */
export async function prepareFile(
  { path, bytesPath = path, name, sha256: known, problem, contentType = 'application/octet-stream' }: UploadItem,
  target: UploadTarget,
  signal: AbortSignal,
): Promise<PreparedFile> {
  if (problem !== undefined) throw problem;
  const source = await SourceFile.open(bytesPath);
  try {
    const { sizeBytes } = source;
    requireSize(path, sizeBytes, target);
    const { sha256, md5 } = await source.digest(0, sizeBytes, signal);
    await source.requireUnchanged();
    if (known !== undefined && sha256 !== known) throw otherBytes(path);
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

function otherBytes(path: string): ChatferryError {
  const message = `${path} has other bytes than it should have, and was not sent. \`chatferry verify\` lists such files, and the next export fetches them again.`;
  return new ChatferryError('CONTENT_MISMATCH', message);
}

function requireSize(path: string, sizeBytes: number, { id, limits }: UploadTarget): void {
  if (sizeBytes <= limits.largestFileBytes) return;
  const message = `${path} has ${sizeBytes} bytes, and ${id} takes files of up to ${limits.largestFileBytes}. Choose another target for it.`;
  throw new ChatferryError('STORE_REFUSED', message);
}
