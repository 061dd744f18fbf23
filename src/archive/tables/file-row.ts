import type { DerivativeKind } from '../../chat/description/derivative.js';
import type { MediaKind } from '../../chat/media.js';
import { MEDIA_KIND } from '../checks/record-shapes.js';
import { derivativePathOf, mediaPathOf, sha256Of, type UncheckedText } from '../checks/unchecked-text.js';
import type { ArchiveFile, FileReferrer } from '../files/archive-file.js';
import type { StoredChat } from '../records.js';

const OF_MEDIA: readonly FileReferrer[] = ['media'];
const OF_VERSION: readonly FileReferrer[] = ['version'];
const OF_BOTH: readonly FileReferrer[] = ['media', 'version'];

type FileBeingMade = { -readonly [Field in keyof ArchiveFile]: ArchiveFile[Field] };

interface OriginalFileRow {
  readonly message_id: number;
  readonly position: number;
  readonly path: UncheckedText;
  readonly sha256: UncheckedText | null;
  readonly size_bytes: number | null;
  readonly mime_type: unknown;
  readonly kind: unknown;
  readonly is_missing: number;
}

/** A row of `media` that refers to a file. */
export type MediaFileRow = OriginalFileRow & {
  /** Whether a version refers to the file as well. */
  readonly has_version: number;
};

/** A row of `version_media` that refers to a file. */
export type VersionFileRow = OriginalFileRow & { readonly source: string; readonly version_ms: number };

/** A row of `derivatives`. */
export interface DerivativeFileRow {
  readonly sha256: UncheckedText;
  readonly kind: DerivativeKind;
  readonly path: UncheckedText;
  readonly size_bytes: number;
  readonly mime_type: unknown;
}

/** @throws {ChatferryError} `ARCHIVE_DAMAGED` for an invalid path or hash. */
export function fromMedia(row: MediaFileRow, chat: StoredChat): ArchiveFile {
  const file = original(row, chat, 'media');
  file.position = row.position;
  if (row.has_version === 1) file.referrers = OF_BOTH;
  return file;
}

/** @throws {ChatferryError} `ARCHIVE_DAMAGED` for an invalid path or hash. */
export function fromVersion(row: VersionFileRow, chat: StoredChat): ArchiveFile {
  const file = original(row, chat, 'version_media');
  file.referrers = OF_VERSION;
  return file;
}

/** @throws {ChatferryError} `ARCHIVE_DAMAGED` for an invalid path or hash. */
export function fromDerivative(row: DerivativeFileRow, { chat, folder }: StoredChat): ArchiveFile {
  const path = derivativePathOf(row.path, 'derivatives.path');
  return {
    chatId: chat.id,
    path: `${folder}/${path}`,
    pathInChat: path,
    sizeBytes: row.size_bytes,
    ...(typeof row.mime_type === 'string' && { mimeType: row.mime_type }),
    kind: row.kind,
    referrers: ['derivative'],
    madeFrom: sha256Of(row.sha256, 'derivatives.sha256'),
    isMissing: false,
  };
}

/** An archive may have millions of rows, so this creates one object for each and no copies. */
function original(row: OriginalFileRow, { chat, folder }: StoredChat, table: 'media' | 'version_media'): FileBeingMade {
  const path = mediaPathOf(row.path, `${table}.path`);
  const file: FileBeingMade = {
    chatId: chat.id,
    path: `${folder}/${path}`,
    pathInChat: path,
    kind: mediaKindOf(row.kind),
    referrers: OF_MEDIA,
    messageId: row.message_id,
    isMissing: row.is_missing === 1,
  };
  if (row.size_bytes !== null) file.sizeBytes = row.size_bytes;
  if (row.sha256 !== null) file.sha256 = sha256Of(row.sha256, `${table}.sha256`);
  if (typeof row.mime_type === 'string') file.mimeType = row.mime_type;
  return file;
}

/** Invalid kinds are reported when records are read. The file can be checked and copied nevertheless. */
function mediaKindOf(value: unknown): MediaKind {
  return MEDIA_KIND(value) === undefined ? (value as MediaKind) : 'document';
}
