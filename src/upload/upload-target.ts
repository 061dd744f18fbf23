import type { RememberedFiles } from './session/remembered-files.js';
import type { TargetFacts } from './target-facts.js';

/** The limits of a target for files and parts, declared before a byte is sent. Sizes in bytes; `Infinity` means no limit. */
export interface TargetLimits {
  /** Of every part but the last. */
  readonly minPartBytes: number;
  readonly maxPartBytes: number;
  /**
   * The smallest part size unless the user chose one. The target keeps the bytes of an interrupted part, so smaller parts save
   * nothing and cost a round trip each.
   */
  readonly preferredPartBytes?: number;
  /** Every part but the last is a multiple of it. */
  readonly partGranularityBytes: number;
  readonly maxPartCount: number;
  /** After an interruption within a part, the next parts start from that offset with their full size. @defaultValue false */
  readonly fullPartsFromOffset?: boolean;
  /** Files up to this size are sent in one part, whatever part size the user chose. */
  readonly wholeUpToBytes?: number;
  readonly largestFileBytes: number;
  /** How long an unfinished upload can be resumed; undefined: until it is aborted. */
  readonly sessionLifeMs?: number;
  /** How long a finished file stays; undefined: for ever. */
  readonly fileLifeMs?: number;
  readonly quota?: { readonly fileCount?: number; readonly totalBytes?: number };
}

/**
 * Checksums to compare a finished file by, strongest first. `sha256-parts`: the SHA-256 over those of its parts. `etag`: the
 * tag that the target gave the completed file; it proves that the file was not replaced, and nothing about its bytes.
 * `size` is used if there is no checksum.
 */
export type Checksum = 'sha256' | 'sha256-parts' | 'md5' | 'crc32c' | 'etag' | 'size';

/** What a target can do. */
export interface TargetAbilities {
  /**
   * How an unfinished upload is resumed. `parts`: the target accepts parts in any order and lists those that it has.
   * `receipts`: the same without a list, so the receipts in the session count. `offset`: it accepts bytes in order and tells
   * how many it has; with `parallelParts`, it may divide a file into lanes.
   */
  readonly resumesBy: 'parts' | 'receipts' | 'offset';
  /** It accepts several parts of one file at once. */
  readonly parallelParts: boolean;
  readonly verifiesBy: Checksum;
  /** It can say that a file is gzip, so that HTTP clients get the original back. */
  readonly declaresCompression: boolean;
  /** `confirm` reads the file back if the target has no checksum of it. */
  readonly readsBack: boolean;
  /** What MD5 hashes are needed for; an MD5 takes twice as long as a SHA-256. @defaultValue `both` */
  readonly md5Of?: 'nothing' | 'files' | 'parts' | 'both';
}

/** A file that is sent to a target. */
export interface OutgoingFile {
  /** Its name at the target: `/` between names, no `..`, no control characters. */
  readonly name: string;
  /** Of the bytes that are sent. */
  readonly sizeBytes: number;
  /** Of the bytes that are sent, hex. */
  readonly sha256: string;
  /** Hex. Undefined unless the target asked for it. */
  readonly md5?: string;
  /** MIME type; `application/octet-stream` if unknown. */
  readonly contentType: string;
  /** The local path of the bytes, absolute. A target on the same file system may share their blocks. */
  readonly path?: string;
  /** Set only if the target declares compression: the sent bytes are a gzip file. */
  readonly contentEncoding?: 'gzip';
  /** The decompressed content, if it is sent compressed. */
  readonly original?: { readonly sizeBytes: number; readonly sha256: string };
}

/**
 * The data that a target needs to find an unfinished upload again: upload ids, URLs. Stored in the session; no secrets.
 * If the target reports an expiry, `expiresAtMs` has it in UTC milliseconds, and the session expires then too.
 */
export type RemoteUpload = Readonly<Record<string, string>>;

/** How the file of a new upload will be sent. */
export interface UploadDivision {
  /** Of every part but the last. */
  readonly partBytes: number;
  /** Maximum number of parts at once; 1: one after the other. */
  readonly senderCount: number;
}

/** A range of a file that accepts its bytes in order, in parallel with other ranges. */
export interface Lane {
  /** In the file: a multiple of the part size. */
  readonly offset: number;
  readonly sizeBytes: number;
  /** The argument of `held` and `sendPart` for this range. Offsets still count from the beginning of the file. */
  readonly upload: RemoteUpload;
}

/** A part to send. */
export interface OutgoingPart {
  /** From 0. */
  readonly index: number;
  readonly offset: number;
  readonly sizeBytes: number;
  readonly isLast: boolean;
  /** Of its bytes, hex. */
  readonly sha256: string;
  /** Base64, as in `Content-MD5`. Empty if the target does not need it. */
  readonly md5: string;
  /** The digest in an algorithm that few targets need, Base64. Reads the bytes once more. */
  digest(algorithm: 'sha1' | 'md5'): Promise<string>;
  /**
   * Its bytes in pieces of at most 64 KB, at the speed that the bandwidth limit allows. Each call starts from the
   * beginning.
   *
   * @throws {ChatferryError} `SOURCE_CHANGED` when the bytes differ from those that were hashed.
   */
  body(): AsyncIterable<Uint8Array>;
}

/** The target's answer to a part that it has. Kept in the session. */
export interface PartReceipt {
  readonly index: number;
  /** Its id at the target: an ETag, a part id. Empty if it has none. */
  readonly tag: string;
  /** The new expiry of the unfinished upload, if the target sent one. UTC milliseconds. */
  readonly expiresAtMs?: number;
}

/** Data of a session besides its {@link RemoteUpload}. */
export interface RecordedFile {
  /** The name of the file at the target. */
  readonly name: string;
  readonly receipts: readonly PartReceipt[];
}

/** A part, and the file that it is of. */
export interface PartToSend {
  readonly part: OutgoingPart;
  readonly file: OutgoingFile;
}

/** A file, and the parts of it that the target has confirmed. */
export interface SentParts {
  readonly file: OutgoingFile;
  readonly receipts: readonly PartReceipt[];
}

/** A part in the target's list. */
export interface HeldPart extends PartReceipt {
  readonly sizeBytes: number;
  /** Of its bytes, hex; undefined if the target does not tell. */
  readonly sha256?: string;
  /** The MD5, likewise. A value that may not be the MD5 is allowed, since it is only compared with ours. */
  readonly md5?: string;
}

/** What the target has of an unfinished upload. */
export type HeldParts =
  /** These complete parts, in any order. */
  | { readonly kind: 'parts'; readonly parts: readonly HeldPart[] }
  /** All bytes before this offset. */
  | { readonly kind: 'offset'; readonly offset: number }
  /** All bytes before these offsets in the file, one of each lane. */
  | { readonly kind: 'lanes'; readonly offsets: readonly number[] }
  /** The target cannot tell: the receipts in the session are trusted while they are valid. */
  | { readonly kind: 'untold' }
  /**
   * The upload has ended because it was completed. The answer was lost, or the run was killed before it recorded it.
   */
  | { readonly kind: 'completed' }
  /** The upload does not exist: expired, aborted, never begun. */
  | { readonly kind: 'gone' };

/** An unfinished upload, and what the target has of it. */
export interface BegunUpload {
  readonly remote: RemoteUpload;
  readonly held: HeldParts;
}

/** A finished file at the target. */
export interface RemoteFile {
  /** For users and for the manifest: a URL or URI without secrets. */
  readonly address: string;
  /** Its id at the target, to find it again. */
  readonly id: string;
  /** UTC milliseconds; undefined if it does not expire. */
  readonly expiresAtMs?: number;
}

/** What a target made from an uploaded file. */
export interface FinishedFile {
  /** Absolute: a JSON file with the text that the target extracted. */
  readonly extractedPath?: string;
  /** The target no longer has the file, as the user wanted. */
  readonly isRemoved?: boolean;
}

/** An upload that was begun and is neither finished nor aborted. */
export interface UnfinishedUpload {
  /** The argument for `abort`. */
  readonly upload: RemoteUpload;
  /** The final name of the file, see `OutgoingFile.name`. If that is unknown, its temporary name. */
  readonly name: string;
  /** UTC milliseconds. */
  readonly begunAtMs?: number;
}

/** The result of checking a file at the target. */
export type Confirmation =
  | { readonly state: 'same'; readonly by: Checksum }
  | { readonly state: 'different'; readonly by: Checksum; readonly found: string }
  | { readonly state: 'missing' };

/** What must match at the target. */
export interface ExpectedFile {
  readonly sizeBytes: number;
  /** Hex. */
  readonly sha256: string;
  /** The name that it was sent with. If given, a file with another name is foreign and counts as missing. */
  readonly sentAs?: string;
}

/**
 * A place that files are uploaded to. Methods throw a {@link ChatferryError}: `retryable` if the same call may succeed later,
 * with the `retryAfterMs` of the target if there is one; `UploadGone` if an unfinished upload no longer exists. They do not
 * retry by themselves. All honour the signal.
 */
export interface UploadTarget extends AsyncDisposable {
  /** The same for the same place in every run, without secrets. It identifies sessions and recorded files. */
  readonly id: string;
  readonly limits: TargetLimits;
  readonly abilities: TargetAbilities;
  /** Whether `limits` and `abilities` hold before `check`, so that files may be read meanwhile. @defaultValue false */
  readonly isDeclaredBefore?: boolean;
  /** The largest number of requests at once, if limited for this target alone; 1: one file after the other. */
  readonly maxParallel?: number;

  /** A store for facts about the target, for later runs. Called before `check`, if at all. */
  useFacts?(facts: TargetFacts): void;

  /** Tells which of its files are ours, in case it has to free space. Called before `check`, if at all. */
  useRemembered?(files: RememberedFiles): void;

  /** Checks that the target is reachable and writable, and its remaining quota, before the first request for a file. */
  check(signal: AbortSignal): Promise<void>;

  /** Checks that the target is reachable and readable, and creates nothing. @defaultValue `check`, which creates nothing either */
  look?(signal: AbortSignal): Promise<void>;

  /** Begins an upload. @returns what is needed to resume it. */
  begin(file: OutgoingFile, signal: AbortSignal, division: UploadDivision): Promise<RemoteUpload>;

  /** The lanes of an upload, if the target accepts several ranges at once, each in order. */
  lanes?(upload: RemoteUpload, file: OutgoingFile): readonly Lane[];

  /**
   * Whether a record can belong to an upload that was begun here for that file. A session file may be damaged or planted: an
   * upload that does not match is neither resumed nor aborted.
   *
   * @throws {ChatferryError} if the target has to be asked and does not answer.
   */
  owns(upload: RemoteUpload, recorded: RecordedFile, signal: AbortSignal): boolean | Promise<boolean>;

  /**
   * Whether this target can have made a finished file with this id under that name. The record of sent files may be damaged or
   * planted, too. The target is not asked, and nothing is thrown.
   */
  holds(remote: RemoteFile, name: string): boolean | Promise<boolean>;

  /**
   * The parts or bytes that the target has of an unfinished upload that it {@link UploadTarget.owns}.
   *
   * @param sent - With the receipts in the session.
   */
  held(upload: RemoteUpload, sent: SentParts, signal: AbortSignal): Promise<HeldParts>;

  /** Sends one part. Parts come in order if the target accepts one at a time. */
  sendPart(upload: RemoteUpload, toSend: PartToSend, signal: AbortSignal): Promise<PartReceipt>;

  /** Combines the parts into a file. @param sent - With the receipts of all parts, ascending. */
  complete(upload: RemoteUpload, sent: SentParts, signal: AbortSignal): Promise<RemoteFile>;

  /** Aborts an upload and removes its parts. It is no error if it no longer exists. @param receipts - Those in the session. */
  abort(upload: RemoteUpload, signal: AbortSignal, receipts?: readonly PartReceipt[]): Promise<void>;

  /** Compares a finished file with what was sent, by the strongest checksum of the target. */
  confirm(remote: RemoteFile, expected: ExpectedFile, signal: AbortSignal): Promise<Confirmation>;

  /** The bytes of a finished file; absent if the target has no downloads. */
  read?(remote: RemoteFile, signal: AbortSignal): AsyncIterable<Uint8Array>;

  /** The result of an earlier run for the same bytes, if the file itself was removed at the target afterwards. */
  earlier?(file: OutgoingFile, signal: AbortSignal): Promise<(RemoteFile & FinishedFile) | undefined>;

  /** The last step for a confirmed file, such as the extraction of its text. May be called again after a kill. */
  finish?(remote: RemoteFile, file: OutgoingFile, signal: AbortSignal): Promise<FinishedFile>;

  /**
   * All unfinished uploads at this place, also those of other programs; `BegunUploads` records which are ours. Absent if the
   * target removes unfinished uploads by itself.
   */
  unfinished?(signal: AbortSignal): AsyncIterable<UnfinishedUpload>;

  /** Removes a finished file of ours. It is no error if it no longer exists. */
  remove?(remote: RemoteFile, signal: AbortSignal): Promise<void>;
}
