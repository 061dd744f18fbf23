import type { ChatId } from '../../chat/chat-id.js';
import type { Database, Statement } from '../../disk/sqlite/database.js';
import type { MediaPosition } from '../description.js';
import type { ArchiveFile, FileReferrer, FilesOptions } from '../files/archive-file.js';
import type { StoredChat } from '../records.js';
import {
  type DerivativeFileRow,
  fromDerivative,
  fromMedia,
  fromVersion,
  type MediaFileRow,
  type VersionFileRow,
} from './file-row.js';
import { paged } from './paged.js';

/** Rows in memory at once. */
const PAGE_SIZE = 500;
const ALL: readonly FileReferrer[] = ['media', 'version', 'derivative'];
const BEFORE_ALL_MEDIA: MediaPosition = { messageId: Number.MIN_SAFE_INTEGER, position: 0 };

const IS_MISSING = "state = 'failed' AND code = 'FILE_LOST' AND path IS NOT NULL";

/** A missing file has no row in `files`: its size and hash are in the `original` columns. */
const MEDIA_FILE = `m.message_id, m.position, m.path, m.kind, m.state = 'failed' AS is_missing,
  coalesce(m.sha256, m.original_sha256) AS sha256, coalesce(f.size_bytes, m.original_size_bytes) AS size_bytes,
  CASE WHEN m.state = 'stored' AND m.original_sha256 IS NULL THEN m.mime_type END AS mime_type,
  EXISTS (SELECT 1 FROM version_media WHERE chat_id = m.chat_id AND path = m.path) AS has_version
  FROM media AS m LEFT JOIN files AS f ON f.sha256 = m.sha256`;

const VERSION_FILE = `v.message_id, v.source, v.version_ms, v.position, v.path, v.data ->> 'kind' AS kind,
  v.state = 'failed' AS is_missing, coalesce(v.sha256, v.original_sha256) AS sha256,
  iif(v.state = 'stored', v.file_size_bytes, v.original_size_bytes) AS size_bytes,
  CASE WHEN v.state = 'stored' AND v.original_sha256 IS NULL THEN v.data ->> 'mimeType' END AS mime_type
  FROM version_media AS v`;
const VERSION_KEY = 'v.message_id, v.source, v.version_ms, v.position';

/** Neither the message itself nor an earlier row of a version refers to the file. */
const IS_OF_VERSION_ALONE = `NOT EXISTS (
    SELECT 1 FROM media WHERE chat_id = v.chat_id AND message_id = v.message_id AND path = v.path)
  AND NOT EXISTS (
    SELECT 1 FROM version_media AS w WHERE w.chat_id = v.chat_id AND w.path = v.path
      AND (w.message_id, w.source, w.version_ms, w.position) < (${VERSION_KEY}))`;

/** The files that the rows of a chat name. */
export class FileTable {
  readonly #media: Statement<MediaFileRow>;
  readonly #versions: Statement<VersionFileRow>;
  readonly #derivatives: Statement<DerivativeFileRow>;
  readonly #missingMedia: Statement<MediaFileRow>;
  readonly #missingVersions: Statement<VersionFileRow>;
  readonly #isStillMedia: Statement<{ readonly found: number }>;
  readonly #isStillVersion: Statement<{ readonly found: number }>;
  readonly #isStillMade: Statement<{ readonly found: number }>;
  readonly #count: Statement<{ readonly n: number }>;
  readonly #any: Statement<{ readonly found: number }>;

  constructor(database: Database) {
    this.#media = database.prepare(
      `SELECT ${MEDIA_FILE} WHERE m.chat_id = ? AND (m.message_id, m.position) > (?, ?)
         AND ((m.state = 'stored' AND f.sha256 IS NOT NULL) OR (${IS_MISSING}))
       ORDER BY m.message_id, m.position LIMIT ?`,
    );
    this.#versions = database.prepare(
      `SELECT ${VERSION_FILE} WHERE v.chat_id = ? AND (${VERSION_KEY}) > (?, ?, ?, ?)
         AND (v.state = 'stored' OR (${IS_MISSING})) AND ${IS_OF_VERSION_ALONE}
       ORDER BY ${VERSION_KEY} LIMIT ${PAGE_SIZE}`,
    );
    this.#derivatives = database.prepare(
      `SELECT sha256, kind, path, size_bytes, mime_type FROM derivatives
       WHERE chat_id = ? AND (sha256, kind) > (?, ?) ORDER BY sha256, kind LIMIT ${PAGE_SIZE}`,
    );
    this.#missingMedia = database.prepare(
      `SELECT ${MEDIA_FILE} WHERE m.chat_id = ? AND ${IS_MISSING} AND m.original_sha256 IS NOT NULL
       ORDER BY m.message_id, m.position`,
    );
    this.#missingVersions = database.prepare(
      `SELECT ${VERSION_FILE} WHERE v.chat_id = ? AND ${IS_MISSING} AND v.original_sha256 IS NOT NULL
         AND ${IS_OF_VERSION_ALONE} ORDER BY ${VERSION_KEY}`,
    );
    this.#isStillMedia = database.prepare(
      `SELECT 1 AS found FROM media
       WHERE chat_id = ? AND message_id = ? AND position = ? AND state = 'stored' AND path = ? AND sha256 = ?`,
    );
    this.#isStillVersion = database.prepare(
      "SELECT 1 AS found FROM version_media WHERE chat_id = ? AND path = ? AND sha256 = ? AND state = 'stored' LIMIT 1",
    );
    this.#isStillMade = database.prepare(
      'SELECT 1 AS found FROM derivatives WHERE chat_id = ? AND sha256 = ? AND kind = ? AND path = ? AND size_bytes = ?',
    );
    this.#count = database.prepare(
      `SELECT (SELECT count(*) FROM media WHERE chat_id = ?1 AND state = 'stored') +
         (SELECT count(*) FROM version_media AS v WHERE v.chat_id = ?1 AND v.state = 'stored' AND ${IS_OF_VERSION_ALONE}) +
         (SELECT count(*) FROM derivatives WHERE chat_id = ?1) AS n`,
    );
    this.#any = database.prepare("SELECT 1 AS found FROM media WHERE chat_id = ? AND state = 'stored' LIMIT 1");
  }

  /**
   * The files of a chat, missing ones included: those of its media, then those of versions only, both in the order of the
   * messages, then derivatives. One page is in memory at a time.
   */
  *ofChat(chat: StoredChat, { referrers = ALL }: FilesOptions = {}): Generator<ArchiveFile, void, undefined> {
    const { id } = chat.chat;
    const isWanted = (file: ArchiveFile): boolean => file.referrers.some((one) => referrers.includes(one));
    if (referrers.includes('media') || referrers.includes('version')) {
      const files = paged((last: ArchiveFile | undefined) =>
        this.mediaAfter(chat, { ...BEFORE_ALL_MEDIA, ...last }, PAGE_SIZE),
      );
      for (const file of files) if (isWanted(file)) yield file;
    }
    if (referrers.includes('version')) {
      const rows = paged((last: VersionFileRow | undefined) =>
        this.#versions.all(
          ...[id, last?.message_id ?? Number.MIN_SAFE_INTEGER],
          ...[last?.source ?? '', last?.version_ms ?? 0, last?.position ?? 0],
        ),
      );
      for (const row of rows) yield fromVersion(row, chat);
    }
    if (referrers.includes('derivative')) {
      yield* paged((last: ArchiveFile | undefined) =>
        this.#derivatives.all(id, last?.madeFrom ?? '', last?.kind ?? '').map((row) => fromDerivative(row, chat)),
      );
    }
  }

  /** Up to `limit` files of media after a position in the chat, missing ones included, in the order of the messages. */
  mediaAfter(chat: StoredChat, { messageId, position }: MediaPosition, limit: number): readonly ArchiveFile[] {
    return this.#media.all(chat.chat.id, messageId, position, limit).map((row) => fromMedia(row, chat));
  }

  /** Missing files whose size and hash are known, so that a restored file can be recognised. */
  missing(chat: StoredChat): readonly ArchiveFile[] {
    const { id } = chat.chat;
    return [
      ...this.#missingMedia.all(id).map((row) => fromMedia(row, chat)),
      ...this.#missingVersions.all(id).map((row) => fromVersion(row, chat)),
    ];
  }

  /** Whether the row of a file is unchanged. The file was not missing. */
  isStill({ chatId, pathInChat: path, sizeBytes, sha256, ...file }: ArchiveFile): boolean {
    if (file.madeFrom !== undefined) {
      return this.#isStillMade.get(chatId, file.madeFrom, file.kind, path, sizeBytes ?? null) !== undefined;
    }
    if (file.messageId !== undefined && file.position !== undefined) {
      return this.#isStillMedia.get(chatId, file.messageId, file.position, path, sha256 ?? null) !== undefined;
    }
    return this.#isStillVersion.get(chatId, path, sha256 ?? null) !== undefined;
  }

  /** How many files the rows of a chat name, without missing ones. */
  count(chatId: ChatId): number {
    return this.#count.get(chatId)?.n ?? 0;
  }

  /** Whether a chat has stored media. */
  hasAny(chatId: ChatId): boolean {
    return this.#any.get(chatId) !== undefined;
  }
}
