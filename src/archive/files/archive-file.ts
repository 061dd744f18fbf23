import type { ChatId } from '../../chat/chat-id.js';
import type { DerivativeKind } from '../../chat/description/derivative.js';
import type { MediaKind } from '../../chat/media.js';

/**
 * What refers to a file of an archive.
 *
 * - `media`: the media of a message, as the archive shows the message.
 * - `version`: another version of a message, such as one before an edit.
 * - `derivative`: the list of files that were made from media: thumbnails, posters, smaller copies.
 */
export type FileReferrer = 'media' | 'version' | 'derivative';

/** A file that an archive refers to. */
export interface ArchiveFile {
  readonly chatId: ChatId;
  /** Relative to the archive, with `/` on every platform. */
  readonly path: string;
  /** Relative to the folder of the chat, with `/` on every platform. */
  readonly pathInChat: string;
  /** Of the file, or of the file that is missing. Undefined for a missing smaller copy: the archive keeps neither. */
  readonly sizeBytes?: number;
  /** Hex. Undefined for derivatives, whose hash the archive does not keep, and for a missing smaller copy. */
  readonly sha256?: string;
  /** As its sender gives it, unchecked. Undefined where the file is another than the sender's. */
  readonly mimeType?: string;
  /** `document` where the row of a media file has none of the kinds. */
  readonly kind: MediaKind | DerivativeKind;
  /** At least one. */
  readonly referrers: readonly FileReferrer[];
  /** The message that the file belongs to. Undefined for derivatives: several messages may have the same media. */
  readonly messageId?: number;
  /** Of the file among the media of its message, from 0. Undefined where only a version refers to it. */
  readonly position?: number;
  /** The SHA-256 of the media file that a derivative was made from. Undefined for other files. */
  readonly madeFrom?: string;
  /**
   * Whether a check has found it gone or damaged ({@link Archive.markMissing}) and no export has fetched it since. The disk is
   * not asked.
   */
  readonly isMissing: boolean;
}

export interface FilesOptions {
  /** Only files of this chat. @defaultValue all chats */
  readonly chatId?: ChatId;
  /** Only files that one of these refers to. @defaultValue all */
  readonly referrers?: readonly FileReferrer[];
}

/** A file that is gone or damaged. */
export interface LostFile {
  /** As {@link Archive.files} gives it. */
  readonly file: ArchiveFile;
  /** For people: a sentence that says what is wrong with the file. */
  readonly reason: string;
}
