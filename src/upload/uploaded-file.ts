import type { ChatferryError, ErrorCode } from '../errors/chatferry-error.js';
import type { Checksum, FinishedFile } from './upload-target.js';

/** A file to upload. */
export interface UploadItem {
  /** Absolute; shown to the user. */
  readonly path: string;
  /**
   * The file to read the bytes from, if different, such as a copy of a database in use; absolute.
   *
   * @defaultValue `path`
   */
  readonly bytesPath?: string;
  /** Of the expected bytes, hex, if known. Other bytes are not sent. */
  readonly sha256?: string;
  /** Its name at the target: see `remoteName`. */
  readonly name: string;
  /** Why it cannot be sent, if that was found during the search for files. It is then listed as failed. */
  readonly problem?: ChatferryError;
  /** MIME type; an invalid one is ignored. @defaultValue by the extension of its name: see `contentTypeOf` */
  readonly contentType?: string;
}

/** How the target stores the file, if not unchanged. HTTP clients get the original. */
export interface StoredForm {
  readonly encoding: 'gzip';
  readonly sizeBytes: number;
  /** Of the stored bytes, hex. */
  readonly sha256: string;
}

export interface UploadedFileBase {
  /** Absolute. */
  readonly path: string;
  readonly name: string;
  /** The target's own id. */
  readonly target: string;
  readonly sizeBytes: number;
  /** Why its earlier upload was useless; undefined if it did not start over. */
  readonly startedOver?: string;
}

/** An uploaded file. `present`: the target had the same bytes already. */
export interface ArrivedFile extends UploadedFileBase, FinishedFile {
  readonly state: 'uploaded' | 'present';
  /** Of the original, hex. */
  readonly sha256: string;
  /** Undefined if the original bytes are stored. */
  readonly stored?: StoredForm;
  readonly remote: string;
  /** The id of the file at the target. */
  readonly remoteId: string;
  /** The checksum that it was verified by at the target. */
  readonly confirmedBy: Checksum;
  /** UTC milliseconds; undefined if it does not expire. */
  readonly expiresAtMs?: number;
}

/** A file that was not uploaded. */
export interface FailedFile extends UploadedFileBase {
  readonly state: 'failed';
  readonly code: ErrorCode;
  readonly reason: string;
  /** The target was given up for this reason: the file was not tried, or was stopped. */
  readonly isGivenUp?: true;
}

/** The result of one file at one target. A failure is a value; the other files continue. */
export type UploadedFile = ArrivedFile | FailedFile;
