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
  /** Of a missing file, its former size. Undefined for a missing smaller copy. */
  readonly sizeBytes?: number;
  /** Hex. Undefined for derivatives, whose hash is not stored, and for a missing smaller copy. */
  readonly sha256?: string;
  /** As the sender declared it, unchecked; of a derivative, its own. Undefined for smaller copies and missing files. */
  readonly mimeType?: string;
  /** `document` if the row of a media file has an invalid kind. */
  readonly kind: MediaKind | DerivativeKind;
  /** At least one. */
  readonly referrers: readonly FileReferrer[];
  /** The message that the file belongs to. Undefined for derivatives: several messages may have the same media. */
  readonly messageId?: number;
  /** Of the file among the media of its message, from 0. Undefined if only a version refers to it. */
  readonly position?: number;
  /** The SHA-256 of the media file that a derivative was made from. Undefined for other files. */
  readonly madeFrom?: string;
  /**
   * Whether it is marked as missing ({@link Archive.markMissing}): a check found it gone or damaged, and no export has fetched
   * it since. The disk is not read.
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
  /** As {@link Archive.files} returned it. */
  readonly file: ArchiveFile;
  /** A sentence for users: what is wrong with the file. */
  readonly reason: string;
}
