import type { ChatferryError, ErrorCode } from '../errors/chatferry-error.js';
import type { Checksum, FinishedFile } from './upload-target.js';

/** A file to upload. */
export interface UploadItem {
  /** Absolute: what people know it by. */
  readonly path: string;
  /** Absolute: where its bytes are read, if that is another file, such as a copy of a database that is in use. @defaultValue `path` */
  readonly bytesPath?: string;
  /** Of the bytes that it must have, hex, where that is known: other bytes are not sent. */
  readonly sha256?: string;
  /** What it is called at the far end: see `remoteName`. */
  readonly name: string;
  /** Why it cannot be sent, where that was found out while files were looked for: it is listed as failed. */
  readonly problem?: ChatferryError;
  /** MIME type; what is none is left out. @defaultValue by the ending of its name: see `contentTypeOf` */
  readonly contentType?: string;
}

/** How a file is kept at the far end, where that is not as it is: HTTP clients get the original from it. */
export interface StoredForm {
  readonly encoding: 'gzip';
  readonly sizeBytes: number;
  /** Of the bytes that are kept, hex. */
  readonly sha256: string;
}

interface UploadedFileBase {
  /** Absolute. */
  readonly path: string;
  readonly name: string;
  /** The target's own id. */
  readonly target: string;
  readonly sizeBytes: number;
  /** Why what was begun of it before was of no use; undefined where it did not start over. */
  readonly startedOver?: string;
}

/** A file that is there. `present`: the far end had the same bytes already. */
export interface ArrivedFile extends UploadedFileBase, FinishedFile {
  readonly state: 'uploaded' | 'present';
  /** Of the original, hex. */
  readonly sha256: string;
  /** Undefined where the original's own bytes are kept. */
  readonly stored?: StoredForm;
  readonly remote: string;
  /** The target's own id of the file. */
  readonly remoteId: string;
  /** What it was compared by at the far end. */
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

/** What became of one file at one target. A failure is a value here: the other files go on. */
export type UploadedFile = ArrivedFile | FailedFile;
