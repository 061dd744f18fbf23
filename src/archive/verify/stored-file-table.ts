import type { Chat } from '../../chat/chat.js';
import type { Database, Statement } from '../../disk/sqlite/database.js';
import { derivativePathOf, mediaPathOf, sha256Of, type UncheckedText } from '../checks/unchecked-text.js';
import type { MediaPosition } from '../description.js';
import type { StoredFile } from '../../chat/record.js';

/** A stored media item of a chat, and the file that its row names. */
export interface StoredFileRow extends MediaPosition, Pick<StoredFile, 'path' | 'sizeBytes' | 'sha256'> {
  /** As the sender declared it, unchecked. Undefined if there is none, or a smaller copy has replaced the original. */
  readonly mimeType?: string;
}

/** A media item whose file does not match its row. */
export interface LostFile extends StoredFileRow {
  /** The problem with the file, for users. */
  readonly reason: string;
}

/** A derivative of a chat, and the file that its row names. */
export interface DerivativeRow {
  /** Of the media file that it was made from. */
  readonly sha256: string;
  readonly kind: string;
  /** Relative to the chat's folder. */
  readonly path: string;
  readonly sizeBytes: number;
}

interface FileRow {
  readonly message_id: number;
  readonly position: number;
  readonly path: UncheckedText;
  readonly sha256: UncheckedText;
  readonly size_bytes: number;
  readonly mime_type?: unknown;
}

/** The files that the rows of a chat name, a page at a time, for comparison with the disk. */
export class StoredFileTable {
  readonly #database: Database;
  readonly #page: Statement<FileRow>;
  readonly #derivatives: Statement<Omit<FileRow, 'message_id' | 'position'> & { readonly kind: string }>;
  readonly #isStill: Statement<{ readonly found: number }>;
  readonly #isStillMade: Statement<{ readonly found: number }>;
  readonly #count: Statement<{ readonly n: number }>;
  readonly #markLost: Statement<{ readonly position: number }>;
  readonly #markVersionsLost: Statement;
  readonly #takeVersionsBack: Statement;
  readonly #lost: Statement<FileRow>;
  readonly #putFile: Statement;
  readonly #takeBack: Statement;
  readonly #removeUnusedFile: Statement;
  readonly #forgetDerivative: Statement;
  readonly #markUndescribed: Statement;

  constructor(database: Database) {
    this.#database = database;
    this.#page = database.prepare(
      `SELECT m.message_id, m.position, m.path, m.sha256, f.size_bytes,
         CASE WHEN m.original_sha256 IS NULL THEN m.mime_type END AS mime_type
       FROM media AS m JOIN files AS f ON f.sha256 = m.sha256
       WHERE m.chat_id = ? AND (m.message_id, m.position) > (?, ?) AND m.state = 'stored'
       ORDER BY m.message_id, m.position LIMIT ?`,
    );
    this.#derivatives = database.prepare(
      `SELECT sha256, kind, path, size_bytes FROM derivatives
       WHERE chat_id = ? AND (sha256, kind) > (?, ?) ORDER BY sha256, kind LIMIT ?`,
    );
    this.#isStill = database.prepare(
      `SELECT 1 AS found FROM media
       WHERE chat_id = ? AND message_id = ? AND position = ? AND state = 'stored' AND path = ? AND sha256 = ?`,
    );
    this.#isStillMade = database.prepare(
      'SELECT 1 AS found FROM derivatives WHERE chat_id = ? AND sha256 = ? AND kind = ? AND path = ? AND size_bytes = ?',
    );
    this.#count = database.prepare(
      `SELECT (SELECT count(*) FROM media WHERE chat_id = ?1 AND state = 'stored') +
         (SELECT count(*) FROM derivatives WHERE chat_id = ?1) AS n`,
    );
    this.#markLost = database.prepare(
      // The path, hash and size stay, so that the file can be marked as stored again. For a smaller copy that is not
      // possible.
      `UPDATE media SET state = 'failed', sha256 = NULL, code = 'FILE_LOST', reason = ?,
         original_size_bytes = CASE WHEN original_sha256 IS NULL
           THEN (SELECT size_bytes FROM files WHERE sha256 = media.sha256) END,
         original_sha256 = CASE WHEN original_sha256 IS NULL THEN sha256 END
       WHERE chat_id = ? AND message_id = ? AND position = ? AND state = 'stored' AND path = ? AND sha256 = ?
       RETURNING position`,
    );
    this.#markVersionsLost = database.prepare(
      `UPDATE version_media SET state = 'failed', sha256 = NULL, code = 'FILE_LOST', reason = ?,
         original_size_bytes = CASE WHEN original_sha256 IS NULL THEN file_size_bytes END,
         original_sha256 = CASE WHEN original_sha256 IS NULL THEN sha256 END
       WHERE chat_id = ? AND path = ? AND sha256 = ?`,
    );
    this.#takeVersionsBack = database.prepare(
      `UPDATE version_media SET state = 'stored', sha256 = original_sha256, code = NULL, reason = NULL,
         original_sha256 = NULL, original_size_bytes = NULL
       WHERE chat_id = ? AND path = ? AND original_sha256 = ? AND state = 'failed' AND code = 'FILE_LOST'`,
    );
    this.#lost = database.prepare(
      `SELECT message_id, position, path, original_sha256 AS sha256, original_size_bytes AS size_bytes FROM media
       WHERE chat_id = ? AND state = 'failed' AND code = 'FILE_LOST' AND path IS NOT NULL
         AND original_sha256 IS NOT NULL ORDER BY message_id, position`,
    );
    this.#putFile = database.prepare(
      `INSERT INTO files SELECT original_sha256, original_size_bytes, kind FROM media
       WHERE chat_id = ? AND message_id = ? AND position = ? AND code = 'FILE_LOST' ON CONFLICT (sha256) DO NOTHING`,
    );
    this.#takeBack = database.prepare(
      `UPDATE media SET state = 'stored', sha256 = original_sha256, code = NULL, reason = NULL,
         original_sha256 = NULL, original_size_bytes = NULL
       WHERE chat_id = ? AND message_id = ? AND position = ? AND code = 'FILE_LOST'`,
    );
    this.#removeUnusedFile = database.prepare(
      'DELETE FROM files WHERE sha256 = ?1 AND NOT EXISTS (SELECT 1 FROM media WHERE sha256 = ?1)',
    );
    this.#forgetDerivative = database.prepare(
      'DELETE FROM derivatives WHERE chat_id = ? AND sha256 = ? AND kind = ? AND path = ?',
    );
    this.#markUndescribed = database.prepare("UPDATE descriptions SET recipe = '' WHERE chat_id = ? AND sha256 = ?");
  }

  /** Up to `limit` stored media after a position in the chat, in the order of the messages. */
  page(chatId: Chat['id'], { messageId, position }: MediaPosition, limit: number): readonly StoredFileRow[] {
    return this.#page.all(chatId, messageId, position, limit).map(toStoredFileRow);
  }

  /** Whether a row is unchanged. */
  isStill(chatId: Chat['id'], { messageId, position, path, sha256 }: StoredFileRow): boolean {
    return this.#isStill.get(chatId, messageId, position, path, sha256) !== undefined;
  }

  /** The same for a derivative. */
  isStillMade(chatId: Chat['id'], { sha256, kind, path, sizeBytes }: DerivativeRow): boolean {
    return this.#isStillMade.get(chatId, sha256, kind, path, sizeBytes) !== undefined;
  }

  /** How many files the rows of a chat name. */
  count(chatId: Chat['id']): number {
    return this.#count.get(chatId)?.n ?? 0;
  }

  /** Whether a chat has stored media. */
  hasAny(chatId: Chat['id']): boolean {
    return this.page(chatId, { messageId: Number.MIN_SAFE_INTEGER, position: 0 }, 1).length > 0;
  }

  /** Up to `limit` derivatives after a given one, ordered by hash and kind. */
  derivatives(
    chatId: Chat['id'],
    { sha256, kind }: Pick<DerivativeRow, 'sha256' | 'kind'>,
    limit: number,
  ): readonly DerivativeRow[] {
    return this.#derivatives.all(chatId, sha256, kind, limit).map((row) => ({
      kind: row.kind,
      path: derivativePathOf(row.path, 'derivatives.path'),
      sha256: sha256Of(row.sha256, 'derivatives.sha256'),
      sizeBytes: row.size_bytes,
    }));
  }

  /**
   * Marks media as missing whose files are missing or damaged, so that the next run fetches them. A row that has
   * changed meanwhile is left alone.
   *
   * @returns those that were marked.
   */
  markLost(chatId: Chat['id'], files: readonly LostFile[]): readonly LostFile[] {
    return this.#database.transaction(() =>
      files.filter(({ messageId, position, path, sha256, reason }) => {
        const marked = this.#markLost.all(reason, chatId, messageId, position, path, sha256).length > 0;
        if (marked) this.#removeUnusedFile.run(sha256);
        if (marked) this.#markVersionsLost.run(reason, chatId, path, sha256);
        return marked;
      }),
    );
  }

  /** Media that were marked as missing and not fetched since, with path, size and hash of their files. */
  lost(chatId: Chat['id']): readonly StoredFileRow[] {
    return this.#lost.all(chatId).map(toStoredFileRow);
  }

  /** Marks a lost file as stored again, because it is back with the same bytes. */
  takeBack(chatId: Chat['id'], { messageId, position, path, sha256 }: StoredFileRow): void {
    this.#database.transaction(() => {
      this.#putFile.run(chatId, messageId, position);
      this.#takeBack.run(chatId, messageId, position);
      this.#takeVersionsBack.run(chatId, path, sha256);
    });
  }

  /**
   * Removes derivatives whose files are missing or damaged. Their media count as not described, so that the derivatives
   * are made again.
   */
  forgetDerivatives(chatId: Chat['id'], derivatives: readonly DerivativeRow[]): void {
    this.#database.transaction(() => {
      for (const { sha256, kind, path } of derivatives) {
        this.#forgetDerivative.run(chatId, sha256, kind, path);
        this.#markUndescribed.run(chatId, sha256);
      }
    });
  }
}

function toStoredFileRow({
  message_id: messageId,
  size_bytes: sizeBytes,
  mime_type: mimeType,
  ...row
}: FileRow): StoredFileRow {
  return {
    messageId,
    position: row.position,
    path: mediaPathOf(row.path, 'media.path'),
    sizeBytes,
    sha256: sha256Of(row.sha256, 'media.sha256'),
    ...(typeof mimeType === 'string' ? { mimeType } : {}),
  };
}
