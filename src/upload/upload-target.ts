import type { RememberedFiles } from './session/remembered-files.js';
import type { TargetFacts } from './target-facts.js';

/** What a target demands of files and parts, declared before a byte is sent. Sizes in bytes; `Infinity` where it sets no limit. */
export interface TargetLimits {
  /** Of every part but the last. */
  readonly leastPartBytes: number;
  readonly mostPartBytes: number;
  /**
   * Parts are at least so large where the user chose no size: the target keeps what came of a part that was cut, so that
   * small parts save nothing and cost a round trip each.
   */
  readonly preferredPartBytes?: number;
  /** Every part but the last is a multiple of it. */
  readonly partGranularityBytes: number;
  readonly mostPartCount: number;
  /** Parts have their full size also behind an offset that lies within one, where a line was cut. @defaultValue false */
  readonly fullPartsFromOffset?: boolean;
  /** Files up to this size go in one part, whatever size of parts the user chose: the target has one request for them. */
  readonly wholeUpToBytes?: number;
  readonly largestFileBytes: number;
  /** How long an unfinished upload can be resumed; undefined where it stays until it is aborted. */
  readonly sessionLifeMs?: number;
  /** How long a finished file stays; undefined where it stays. */
  readonly fileLifeMs?: number;
  readonly quota?: { readonly fileCount?: number; readonly totalBytes?: number };
}

/**
 * What a finished file can be compared by, strongest first. `sha256-parts`: the SHA-256 over those of its parts. `etag`: the
 * mark that the far end gave the file when it was complete; it says that nothing took its place, and nothing of its bytes.
 * `size` is all that is left when there is no checksum.
 */
export type Checksum = 'sha256' | 'sha256-parts' | 'md5' | 'crc32c' | 'etag' | 'size';

/** What a target can do. */
export interface TargetAbilities {
  /**
   * How an unfinished upload is gone on with. `parts`: it takes parts in any order, and tells which it has. `receipts`: the
   * same, but it cannot tell, so the session's own receipts count. `offset`: it takes bytes in order, and tells how many; with
   * `parallelParts`, it may divide a file into lanes.
   */
  readonly resumesBy: 'parts' | 'receipts' | 'offset';
  /** It takes several parts of one file at a time. */
  readonly parallelParts: boolean;
  readonly verifiesBy: Checksum;
  /** It can say that a file is gzip, so that HTTP clients get the original back. */
  readonly declaresCompression: boolean;
  /** `confirm` reads the file back where it has no checksum of it. */
  readonly readsBack: boolean;
  /** What it has use for an MD5 of: it costs twice the time of a SHA-256. @defaultValue `both` */
  readonly md5Of?: 'nothing' | 'files' | 'parts' | 'both';
}

/** A file on its way to a target. */
export interface OutgoingFile {
  /** What it is called at the far end: `/` between names, no `..`, no control characters. */
  readonly name: string;
  /** Of the bytes that are sent. */
  readonly sizeBytes: number;
  /** Of the bytes that are sent, hex. */
  readonly sha256: string;
  /** Hex. Undefined unless the target asked for it. */
  readonly md5?: string;
  /** MIME type; `application/octet-stream` where it is not known. */
  readonly contentType: string;
  /** Where the bytes are on this machine, absolute: a target on the same file system may share them. */
  readonly path?: string;
  /** Only where the target declares compression: the bytes that are sent are those of a gzip file. */
  readonly contentEncoding?: 'gzip';
  /** What comes out of it, where it is sent compressed. */
  readonly original?: { readonly sizeBytes: number; readonly sha256: string };
}

/**
 * Names what a target needs to find an unfinished upload again: upload ids, URLs. Kept in the session; no secrets. Where the
 * far end says when it gives the upload up, `expiresAtMs` has it, in UTC milliseconds: the session ends then, too.
 */
export type RemoteUpload = Readonly<Record<string, string>>;

/** How the file of an upload that begins is going to be sent. */
export interface UploadDivision {
  /** Of every part but the last. */
  readonly partBytes: number;
  /** Parts at a time at most; 1: one after the other. */
  readonly senderCount: number;
}

/** A stretch of a file that takes its bytes in order, beside others that do so at the same time. */
export interface Lane {
  /** In the file: a multiple of the size of parts. */
  readonly offset: number;
  readonly sizeBytes: number;
  /** What `held` and `sendPart` are called with for this stretch. Offsets are those of the file all the same. */
  readonly upload: RemoteUpload;
}

/** A part that is about to be sent. */
export interface OutgoingPart {
  /** From 0. */
  readonly index: number;
  readonly offset: number;
  readonly sizeBytes: number;
  readonly isLast: boolean;
  /** Of its bytes, hex. */
  readonly sha256: string;
  /** Base64, as `Content-MD5` has it. Empty where the target has no use for it. */
  readonly md5: string;
  /** Base64, of its bytes, in an algorithm that few targets need: reads them once more. */
  digest(algorithm: 'sha1' | 'md5'): Promise<string>;
  /**
   * Its bytes in pieces of at most 64 KB, at the speed that the bandwidth allows. Each call begins from the start.
   *
   * @throws {ChatferryError} `SOURCE_CHANGED` when other bytes come than those that were hashed.
   */
  body(): AsyncIterable<Uint8Array>;
}

/** What the far end said of a part that it has. Kept in the session. */
export interface PartReceipt {
  readonly index: number;
  /** The far end's name of it: an ETag, a part id. Empty where it gives none. */
  readonly tag: string;
  /** When the far end gives the unfinished upload up, where it has said so anew. UTC milliseconds. */
  readonly expiresAtMs?: number;
}

/** What a session says beside its {@link RemoteUpload}. */
export interface RecordedFile {
  /** What the file is called at the far end. */
  readonly name: string;
  readonly receipts: readonly PartReceipt[];
}

/** A part that the far end lists. */
export interface HeldPart extends PartReceipt {
  readonly sizeBytes: number;
  /** Of its bytes, hex; undefined where the far end does not say it. */
  readonly sha256?: string;
  /** The same: one that may be the MD5 of its bytes is given, since only ours is compared with it. */
  readonly md5?: string;
}

/** What the far end has of an unfinished upload. */
export type HeldParts =
  /** These whole parts, in any order. */
  | { readonly kind: 'parts'; readonly parts: readonly HeldPart[] }
  /** All bytes before this offset. */
  | { readonly kind: 'offset'; readonly offset: number }
  /** All bytes before these offsets in the file, one of each lane. */
  | { readonly kind: 'lanes'; readonly offsets: readonly number[] }
  /** It cannot tell: the session's own receipts are believed while they are valid. */
  | { readonly kind: 'untold' }
  /** The upload is no more: expired, aborted, never there. */
  | { readonly kind: 'gone' };

/** A finished file at the far end. */
export interface RemoteFile {
  /** For people and for the manifest: a URL or URI without secrets. */
  readonly address: string;
  /** The target's own id of it, to find it again. */
  readonly id: string;
  /** UTC milliseconds; undefined where it stays. */
  readonly expiresAtMs?: number;
}

/** What a target made of a file when it was there. */
export interface FinishedFile {
  /** Absolute: a JSON file with what the target read in it. */
  readonly extractedPath?: string;
  /** The far end does not have the file any more, as the user wanted. */
  readonly isRemoved?: boolean;
}

/** An upload that was begun and is neither finished nor given up. */
export interface UnfinishedUpload {
  /** As `abort` takes it. */
  readonly upload: RemoteUpload;
  /** What the file would be called: see `OutgoingFile.name`. Where that is not known, what it is called meanwhile. */
  readonly name: string;
  /** UTC milliseconds. */
  readonly begunAtMs?: number;
}

/** What a look at the far end gave. */
export type Confirmation =
  | { readonly state: 'same'; readonly by: Checksum }
  | { readonly state: 'different'; readonly by: Checksum; readonly found: string }
  | { readonly state: 'missing' };

/** What must be the same at the far end. */
export interface ExpectedFile {
  readonly sizeBytes: number;
  /** Hex. */
  readonly sha256: string;
  /** What it was sent as. Where it is given, a file that is called otherwise is none of ours: it counts as missing. */
  readonly sentAs?: string;
}

/**
 * A place that uploads go to. Methods throw a {@link ChatferryError}: `retryable`, with `retryAfterMs` where the far end
 * says it, when the same call may succeed later; an `UploadGone` when an unfinished upload is no more. They do not retry by
 * themselves. All honour the signal.
 */
export interface UploadTarget extends AsyncDisposable {
  /** The same for the same place in every run, without secrets: names sessions and remembered files. */
  readonly id: string;
  readonly limits: TargetLimits;
  readonly abilities: TargetAbilities;
  /** Requests at a time at most, where that was said for this target alone; 1: one file after the other. */
  readonly mostParallel?: number;

  /** Where it may keep what it finds out about the far end, for later runs. Called before `check`, if at all. */
  useFacts?(facts: TargetFacts): void;

  /** Which of its files are ours, where it has to make room. Called before `check`, if at all. */
  useRemembered?(files: RememberedFiles): void;

  /** Checks that it can be reached and written to, and what is left of its quota, before files are prepared. */
  check(signal: AbortSignal): Promise<void>;

  /** Checks that it can be reached and read, and makes nothing there. @defaultValue `check`, which makes nothing either */
  look?(signal: AbortSignal): Promise<void>;

  /** Begins an upload. @returns what is needed to go on with it. */
  begin(file: OutgoingFile, signal: AbortSignal, division: UploadDivision): Promise<RemoteUpload>;

  /** How an upload that was begun is divided, where the target takes bytes in order but in several stretches at a time. */
  lanes?(upload: RemoteUpload, file: OutgoingFile): readonly Lane[];

  /**
   * Whether a record can be of an upload that was begun here for that file. A session is a file, and may be damaged or
   * another's: what does not fit is neither gone on with nor given up.
   *
   * @throws {ChatferryError} where the far end has to be asked, and does not answer.
   */
  owns(upload: RemoteUpload, recorded: RecordedFile, signal: AbortSignal): boolean | Promise<boolean>;

  /**
   * Whether a finished file can be one that this target made under that name, by its id: what is remembered is a file as well.
   * The far end is not asked, and nothing is thrown.
   */
  holds(remote: RemoteFile, name: string): boolean | Promise<boolean>;

  /**
   * What the far end has of an upload that was begun before: one that it {@link UploadTarget.owns}.
   *
   * @param receipts - Those that the session remembers.
   */
  held(
    upload: RemoteUpload,
    file: OutgoingFile,
    receipts: readonly PartReceipt[],
    signal: AbortSignal,
  ): Promise<HeldParts>;

  /** Sends one part. Parts come in order where the target takes one at a time. */
  sendPart(upload: RemoteUpload, part: OutgoingPart, file: OutgoingFile, signal: AbortSignal): Promise<PartReceipt>;

  /** Makes the parts one file. @param receipts - Of all parts, ascending. */
  complete(
    upload: RemoteUpload,
    file: OutgoingFile,
    receipts: readonly PartReceipt[],
    signal: AbortSignal,
  ): Promise<RemoteFile>;

  /** Gives up an upload and what came of it. One that is no more is no error. @param receipts - That the session remembers. */
  abort(upload: RemoteUpload, signal: AbortSignal, receipts?: readonly PartReceipt[]): Promise<void>;

  /** Compares a finished file with what was sent, by the strongest checksum that the far end gives. */
  confirm(remote: RemoteFile, expected: ExpectedFile, signal: AbortSignal): Promise<Confirmation>;

  /** The bytes of a finished file; absent where the target does not give them back. */
  read?(remote: RemoteFile, signal: AbortSignal): AsyncIterable<Uint8Array>;

  /** What is there of the same bytes from an earlier run although the far end was rid of the file afterwards. */
  earlier?(file: OutgoingFile, signal: AbortSignal): Promise<(RemoteFile & FinishedFile) | undefined>;

  /** The last step, once a file is there and confirmed: has the target read it, for one. May be called again after a kill. */
  finish?(remote: RemoteFile, file: OutgoingFile, signal: AbortSignal): Promise<FinishedFile>;

  /**
   * All that was begun at this place and neither finished nor given up, by whomever: what tells ours is
   * noted here, see `BegunUploads`. Absent where the far end gives up by itself what is not gone on with.
   */
  unfinished?(signal: AbortSignal): AsyncIterable<UnfinishedUpload>;

  /** Removes a finished file of ours. One that is no more is no error. */
  remove?(remote: RemoteFile, signal: AbortSignal): Promise<void>;
}
