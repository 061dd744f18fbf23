import type { ChatferryError, ErrorCode } from '../errors/chatferry-error.js';
import type { Checksum, FinishedFile } from './upload-target.js';

/** A file to upload. */
export interface UploadItem {
  /** Absolute; shown to the user. */
  readonly path: string;
  /** Absolute: where its bytes are read, if that is another file, such as a copy of a database that is in use. @defaultValue `path` */
  readonly bytesPath?: string;
  /** Of the bytes that it must have, hex, where that is known: other bytes are not sent. */
  readonly sha256?: string;
  /** Its name at the target: see `remoteName`. */
  readonly name: string;
  /** Why it cannot be sent, where that was found out while files were looked for: it is listed as failed. */
  readonly problem?: ChatferryError;
  /** MIME type; what is none is left out. @defaultValue by the ending of its name: see `contentTypeOf` */
  readonly contentType?: string;
}

/** How the target keeps the file, if not as it is. HTTP clients get the original. */
export interface StoredForm {
  readonly encoding: 'gzip';
  readonly sizeBytes: number;
  /** Of the bytes that are kept, hex. */
  readonly sha256: string;
}

export interface UploadedFileBase {
  /** Absolute. */
  readonly path: string;
  readonly name: string;
  /** The target's own id. */
  readonly target: string;
  readonly sizeBytes: number;
  /** Why what was begun of it before was of no use; undefined where it did not start over. */
  readonly startedOver?: string;
}

/** An uploaded file. `present`: the target had the same bytes already. */
export interface ArrivedFile extends UploadedFileBase, FinishedFile {
  readonly state: 'uploaded' | 'present';
  /** Of the original, hex. */
  readonly sha256: string;
  /** Undefined where the original's own bytes are kept. */
  readonly stored?: StoredForm;
  readonly remote: string;
  /** The target's own id of the file. */
  readonly remoteId: string;
  /** The checksum that it was verified by at the target. */
  readonly confirmedBy: Checksum;
  /** UTC milliseconds; undefined where it stays. */
  readonly expiresAtMs?: number;
}

/** A file that is not there. */
export interface FailedFile extends UploadedFileBase {
  readonly state: 'failed';
  readonly code: ErrorCode;
  readonly reason: string;
  /** The target was given up, for the reason given: the file was not tried, or stopped on its way. */
  readonly isGivenUp?: true;
}

/** The result of one file at one target. A failure is a value; the other files continue. */
export type UploadedFile = ArrivedFile | FailedFile;
