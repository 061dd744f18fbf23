import type { ChatId } from '../../chat/chat-id.js';
import type { Media } from '../../chat/media.js';
import type { Database, Statement } from '../../disk/sqlite/database.js';
import { requireRow } from '../checks/json-data.js';
import { MESSAGE_ID_ROW, SKIPPED_ROW } from '../checks/record-shapes.js';
import { chatFolderOf, mediaPathOf, sha256Of, type UncheckedText } from '../checks/unchecked-text.js';
import { fromMediaRow, MEDIA_COLUMNS, type MediaRow, originalOf, toMediaValues } from './media-row.js';
import type { MissingMedia, NotedMedia } from '../records.js';
import type { MediaRecord, MessageRecord, StoredFile } from '../../chat/record.js';
import { paged } from './paged.js';
import { REMOVE_UNUSED_FILE } from './unused-file.js';

/** A stored file that may be linked. */
export interface FilePlace extends StoredFile {
  /** The size that the source announced, if known. */
  readonly announcedBytes?: number;
  /** Of the chat, relative to the archive. */
  readonly folder: string;
}

interface PlaceRow extends Pick<MediaRow, 'original_sha256' | 'original_size_bytes'> {
  readonly folder: UncheckedText;
  readonly path: UncheckedText;
  readonly sha256: UncheckedText;
  readonly sizeBytes: number;
}

/** A media item that the user's selection left out. */
export interface SkippedMedia extends Pick<Media, 'kind' | 'sizeBytes' | 'leastBytes'> {
  readonly messageId: number;
}

interface SkippedRow {
  readonly message_id: number;
  readonly position: number;
  readonly kind: Media['kind'];
  readonly size_bytes: number | null;
  readonly least_bytes: number | null;
}

/** Skipped media in memory at once. A chat may have a million. */
const SKIPPED_PAGE_SIZE = 1000;

/** Maximum number of files with the same bytes that are tried. A sticker may have thousands. */
const PLACE_LIMIT = 8;

/** All columns of {@link MediaRow}. */
export const SELECT_MEDIA = `SELECT m.chat_id, m.message_id, m.position, m.state, m.path, m.sha256, m.code, m.reason, m.data,
  m.original_sha256, m.original_size_bytes, f.size_bytes AS file_size_bytes FROM media AS m LEFT JOIN files AS f ON f.sha256 = m.sha256`;
const PLACE_COLUMNS = 'c.folder, m.path, f.size_bytes AS sizeBytes, m.sha256, m.original_sha256, m.original_size_bytes';
const PLACE_TABLES = 'FROM media AS m JOIN files AS f ON f.sha256 = m.sha256 JOIN chats AS c ON c.id = m.chat_id';
const SELECT_PLACE = `SELECT ${PLACE_COLUMNS} ${PLACE_TABLES}`;

/** The media of messages with their state, and the distinct contents among them. */
export class MediaTable {
  readonly #insert: Statement;
  readonly #insertFile: Statement;
  readonly #delete: Statement<{ readonly sha256: string | null }>;
  readonly #deleteUnusedFile: Statement;
  readonly #ofMessages: Statement<MediaRow>;
  readonly #failed: Statement<MediaRow>;
  readonly #failedIds: Statement<{ readonly message_id: number }>;
  readonly #noted: Statement<MediaRow>;
  readonly #skipped: Statement<SkippedRow>;
  readonly #placesByRemoteId: Statement<PlaceRow & { readonly announcedBytes: number | null }>;
  readonly #placesByHash: Statement<PlaceRow>;
  readonly #placesByOriginal: Statement<PlaceRow>;
  readonly #placesBySize: Statement<PlaceRow>;
  readonly #isNamed: Statement<{ readonly found: number }>;

  constructor(database: Database) {
    this.#insert = database.prepare(
      `INSERT INTO media (chat_id, message_id, position, ${MEDIA_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#insertFile = database.prepare('INSERT INTO files VALUES (?, ?, ?) ON CONFLICT (sha256) DO NOTHING');
    this.#delete = database.prepare('DELETE FROM media WHERE chat_id = ? AND message_id = ? RETURNING sha256');
    this.#deleteUnusedFile = database.prepare(REMOVE_UNUSED_FILE);
    this.#ofMessages = database.prepare(
      `${SELECT_MEDIA} WHERE m.chat_id = ? AND m.message_id BETWEEN ? AND ? ORDER BY m.message_id, m.position`,
    );
    this.#failed = database.prepare(
      `${SELECT_MEDIA} WHERE m.chat_id = ? AND m.state = 'failed' ORDER BY m.message_id, m.position`,
    );
    // Unavailable media are not requested again, except paid media, which may be bought later.
    this.#failedIds = database.prepare(
      `SELECT DISTINCT message_id FROM media WHERE chat_id = ? AND state = 'failed'
       AND (data ->> 'unavailableReason' IS NULL OR (role = 'paid' AND remote_id IS NULL)) ORDER BY message_id`,
    );
    this.#noted = database.prepare(
      `${SELECT_MEDIA} WHERE m.chat_id = ? AND m.state = 'stored' AND m.reason IS NOT NULL ORDER BY m.message_id, m.position`,
    );
    this.#skipped = database.prepare(
      `SELECT message_id, position, kind, size_bytes, data ->> 'leastBytes' AS least_bytes FROM media WHERE chat_id = ? AND state = 'skipped'
       AND (message_id, position) > (?, ?) ORDER BY message_id, position LIMIT ${SKIPPED_PAGE_SIZE}`,
    );
    this.#placesByRemoteId = database.prepare(
      `SELECT m.size_bytes AS announcedBytes, ${PLACE_COLUMNS} ${PLACE_TABLES}
       WHERE m.remote_id = ? AND m.state = 'stored' LIMIT ${PLACE_LIMIT}`,
    );
    this.#placesByHash = database.prepare(
      `${SELECT_PLACE} WHERE m.sha256 = ? AND f.size_bytes = ? LIMIT ${PLACE_LIMIT}`,
    );
    this.#placesByOriginal = database.prepare(
      `${SELECT_PLACE} WHERE m.original_sha256 = ? AND m.original_size_bytes = ? LIMIT ${PLACE_LIMIT}`,
    );
    this.#placesBySize = database.prepare(
      `${SELECT_PLACE} WHERE f.size_bytes = ? AND m.state = 'stored' GROUP BY m.sha256 LIMIT ${PLACE_LIMIT}`,
    );
    this.#isNamed = database.prepare('SELECT 1 AS found FROM media WHERE chat_id = ? AND path = ? LIMIT 1');
  }

  /** Writes the media of a new message. */
  insert({ message, media }: MessageRecord): void {
    for (const [position, record] of media.entries()) {
      if (record.state === 'stored') {
        this.#insertFile.run(record.file.sha256, record.file.sizeBytes, record.media.kind);
      }
      this.#insert.run(message.chatId, message.id, position, ...toMediaValues(record));
    }
  }

  /** Replaces the media of a message. */
  replace(record: MessageRecord): void {
    const before = this.#delete.all(record.message.chatId, record.message.id);
    this.insert(record);
    for (const { sha256 } of before) if (sha256 !== null) this.#deleteUnusedFile.run(sha256);
  }

  /** The media of the messages `firstId` to `lastId`, by message id. Messages without media are left out. */
  ofMessages(chatId: ChatId, firstId: number, lastId: number): ReadonlyMap<number, readonly MediaRecord[]> {
    const byMessage = new Map<number, MediaRecord[]>();
    for (const row of this.#ofMessages.all(chatId, firstId, lastId)) {
      const records = byMessage.get(row.message_id);
      if (records === undefined) byMessage.set(row.message_id, [fromMediaRow(row)]);
      else records.push(fromMediaRow(row));
    }
    return byMessage;
  }

  /** Ids of messages with failed media that have to be retried, ascending. */
  messagesWithFailed(chatId: ChatId): readonly number[] {
    return this.#failedIds.all(chatId).map((row) => {
      requireRow(row, { shape: MESSAGE_ID_ROW, table: 'media', key: [chatId, row.message_id] });
      return row.message_id;
    });
  }

  /** In the order of the messages, a page at a time in memory. */
  *skipped(chatId: ChatId): Generator<SkippedMedia, undefined, undefined> {
    const rows = paged((last: SkippedRow | undefined) =>
      this.#skipped.all(chatId, last?.message_id ?? Number.MIN_SAFE_INTEGER, last?.position ?? 0),
    );
    for (const row of rows) {
      requireRow(row, { shape: SKIPPED_ROW, table: 'media', key: [chatId, row.message_id, row.position] });
      const { message_id: messageId, kind, size_bytes: sizeBytes, least_bytes: leastBytes } = row;
      yield { messageId, kind, ...(sizeBytes !== null && { sizeBytes }), ...(leastBytes !== null && { leastBytes }) };
    }
  }

  /** In the order of the messages. */
  missing(chatId: ChatId): readonly MissingMedia[] {
    const missing: MissingMedia[] = [];
    for (const row of this.#failed.all(chatId)) {
      const record = fromMediaRow(row);
      if (record.state !== 'failed') continue;
      missing.push({
        messageId: row.message_id,
        position: row.position,
        media: record.media,
        code: record.code,
        reason: record.reason,
      });
    }
    return missing;
  }

  /** In the order of the messages. Scans the whole chat. */
  noted(chatId: ChatId): readonly NotedMedia[] {
    const noted: NotedMedia[] = [];
    for (const row of this.#noted.all(chatId)) {
      const record = fromMediaRow(row);
      if (record.state !== 'stored' || record.note === undefined) continue;
      noted.push({ messageId: row.message_id, media: record.media, file: record.file, note: record.note });
    }
    return noted;
  }

  /** Whether a row names the file. Scans the whole chat. */
  isNamed(chatId: ChatId, path: string): boolean {
    return this.#isNamed.get(chatId, path) !== undefined;
  }

  /** A few files with this remote id. */
  placesByRemoteId(remoteId: string): readonly FilePlace[] {
    return this.#placesByRemoteId.all(remoteId).map(({ announcedBytes, ...row }) => ({
      ...toPlace(row),
      ...(announcedBytes !== null && { announcedBytes }),
    }));
  }

  /** A few files with these bytes, or with a smaller copy that replaced them. */
  placesByHash(sha256: string, sizeBytes: number): readonly FilePlace[] {
    const rows = [...this.#placesByHash.all(sha256, sizeBytes), ...this.#placesByOriginal.all(sha256, sizeBytes)];
    return rows.map(toPlace);
  }

  /** One file for each of a few contents of this size. */
  placesBySize(sizeBytes: number): readonly FilePlace[] {
    return this.#placesBySize.all(sizeBytes).map(toPlace);
  }
}

function toPlace(row: PlaceRow): FilePlace {
  return {
    folder: chatFolderOf(row.folder, 'chats.folder'),
    path: mediaPathOf(row.path, 'media.path'),
    sizeBytes: row.sizeBytes,
    sha256: sha256Of(row.sha256, 'media.sha256'),
    ...originalOf(row),
  };
}
