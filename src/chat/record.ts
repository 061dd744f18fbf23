import type { ErrorCode } from '../errors/chatferry-error.js';
import type { Media } from './media.js';
import type { Message } from './message.js';
import type { SourceName } from './source-name.js';

/** A file of the archive. */
export interface StoredFile {
  /** Relative to the chat's folder, with `/` on every platform. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Hex, lower case. */
  readonly sha256: string;
  /** What the source sent, where a smaller copy replaced it because the user asked for that. The original is gone. */
  readonly original?: { readonly sizeBytes: number; readonly sha256: string };
}

/**
 * The outcome for one file of a message. A failure is a value: it is listed, and the next run tries again unless
 * `media.unavailableReason` says that the file will never be available.
 */
export type MediaRecord =
  | {
      readonly state: 'stored';
      readonly media: Media;
      readonly file: StoredFile;
      /** For people: what is unusual about the file. The file is complete all the same. */
      readonly note?: string;
    }
  | {
      readonly state: 'failed';
      readonly media: Media;
      readonly code: ErrorCode;
      /** For people: what happened, with the remedy where there is one. */
      readonly reason: string;
    }
  /** Left out by the user's choice. */
  | { readonly state: 'skipped'; readonly media: Media; readonly reason: 'kind-not-selected' | 'too-large' };

/** A message with the outcome for its media: one record per file, in the order of `message.media`. */
export interface MessageRecord {
  readonly message: Message;
  readonly media: readonly MediaRecord[];
  /**
   * Where it comes from. Of a message that several sources know: where its text comes from. Absent for `telegram`.
   *
   * @defaultValue `telegram`
   */
  readonly source?: SourceName;
}
