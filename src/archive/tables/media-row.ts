import type { ChatId } from '../../chat/chat-id.js';
import type { Media } from '../../chat/media.js';
import type { ErrorCode } from '../../errors/chatferry-error.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import type { SqlValue } from '../../disk/sqlite/database.js';
import { dataOf, requireRow } from '../checks/json-data.js';
import { MEDIA_DATA, MEDIA_ROW } from '../checks/record-shapes.js';
import { mediaPathOf, sha256Of, type UncheckedText } from '../checks/unchecked-text.js';
import type { MediaRecord, StoredFile } from '../../chat/record.js';

/** A row of `media`, with the size from `files`. */
export interface MediaRow {
  readonly chat_id: ChatId;
  readonly message_id: number;
  readonly position: number;
  readonly state: MediaRecord['state'];
  readonly path: UncheckedText | null;
  readonly sha256: UncheckedText | null;
  readonly code: string | null;
  readonly reason: string | null;
  readonly data: string;
  readonly file_size_bytes: number | null;
  readonly original_sha256: UncheckedText | null;
  readonly original_size_bytes: number | null;
}

/** The columns that {@link toMediaValues} fills, in its order. */
export const MEDIA_COLUMNS = 'state, path, sha256, code, reason, data, original_sha256, original_size_bytes';

/** A record as values of {@link MEDIA_COLUMNS}. */
export function toMediaValues(record: MediaRecord): readonly SqlValue[] {
  const data = JSON.stringify(record.media);
  switch (record.state) {
    case 'stored':
      return [
        ...['stored', record.file.path, record.file.sha256, null, record.note ?? null, data],
        record.file.original?.sha256 ?? null,
        record.file.original?.sizeBytes ?? null,
      ];
    case 'failed':
      return ['failed', null, null, record.code, record.reason, data, null, null];
    case 'skipped':
      return ['skipped', null, null, null, record.reason, data, null, null];
  }
}

/** The replaced original, if any. */
export function originalOf({
  original_sha256: sha256,
  original_size_bytes: sizeBytes,
}: Pick<MediaRow, 'original_sha256' | 'original_size_bytes'>): Pick<StoredFile, 'original'> {
  if (sha256 === null || sizeBytes === null) return {};
  return { original: { sha256: sha256Of(sha256, 'media.original_sha256'), sizeBytes } };
}

/** The inverse of {@link toMediaValues}. @throws {ChatferryError} `ARCHIVE_DAMAGED`. */
export function fromMediaRow(row: MediaRow): MediaRecord {
  const key = [row.chat_id, row.message_id, row.position];
  requireRow(row, { shape: MEDIA_ROW, table: 'media', key });
  const media = dataOf(row.data, { shape: MEDIA_DATA, column: 'media.data', key }) as Media;
  const { state, path, sha256, file_size_bytes: sizeBytes, code, reason } = row;
  if (state === 'stored' && path !== null && sha256 !== null && sizeBytes !== null) {
    const file = {
      path: mediaPathOf(path, 'media.path'),
      sizeBytes,
      sha256: sha256Of(sha256, 'media.sha256'),
      ...originalOf(row),
    };
    return { state, media, file, ...(reason !== null && { note: reason }) };
  }
  if (state === 'failed' && code !== null && reason !== null) {
    return { state, media, code: code as ErrorCode, reason };
  }
  if (state === 'skipped' && (reason === 'kind-not-selected' || reason === 'too-large')) {
    return { state, media, reason };
  }
  throw new ChatferryError(
    'ARCHIVE_DAMAGED',
    `The archive contradicts itself about file ${row.position} of message ${row.message_id} in ${row.chat_id}: its state is "${state}", but the columns of that state are empty.`,
  );
}
