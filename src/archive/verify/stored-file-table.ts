import type { Chat } from '../../chat/chat.js';
import type { Database, Statement } from '../../disk/sqlite/database.js';
import { derivativePathOf, mediaPathOf, sha256Of, type UncheckedText } from '../checks/unchecked-text.js';
import type { MediumPosition } from '../description.js';
import type { StoredFile } from '../../chat/record.js';

/** A stored medium of a chat, and the file that its row names. */
export interface StoredFileRow extends MediumPosition, Pick<StoredFile, 'path' | 'sizeBytes' | 'sha256'> {
  /** As the sender has it, unchecked. Undefined where it has none, and where a smaller copy is in the original's place. */
  readonly mimeType?: string;
}

/** A medium whose file is not what its row says. */
export interface LostFile extends StoredFileRow {
  /** For people: what is wrong with the file. */
  readonly reason: string;
}

/** A derivative of a chat, and the file that its row names. */
export interface DerivativeRow {
  /** Of the medium that it was made from. */
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

/** The files that the rows of a chat name, a page at a time, so that each can be held against the disk. */
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
  readonly #askForDescription: Statement;

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
      // The path stays, and what the file was, so that it can be taken back; of a smaller copy that is not enough.
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
    this.#askForDescription = database.prepare("UPDATE descriptions SET recipe = '' WHERE chat_id = ? AND sha256 = ?");
  }

  /** Up to `limit` stored media behind a place in the chat, in the order of the messages. */
  page(chatId: Chat['id'], { messageId, position }: MediumPosition, limit: number): readonly StoredFileRow[] {
    return this.#page.all(chatId, messageId, position, limit).map(toStoredFileRow);
  }

  /** Whether a row says what it said. */
  isStill(chatId: Chat['id'], { messageId, position, path, sha256 }: StoredFileRow): boolean {
    return this.#isStill.get(chatId, messageId, position, path, sha256) !== undefined;
  }

  /** The same of a derivative. */
  isStillMade(chatId: Chat['id'], { sha256, kind, path, sizeBytes }: DerivativeRow): boolean {
    return this.#isStillMade.get(chatId, sha256, kind, path, sizeBytes) !== undefined;
  }

  /** Files that the rows of a chat name. */
  count(chatId: Chat['id']): number {
    return this.#count.get(chatId)?.n ?? 0;
  }

  /** Whether a chat has stored media. */
  hasAny(chatId: Chat['id']): boolean {
    return this.page(chatId, { messageId: Number.MIN_SAFE_INTEGER, position: 0 }, 1).length > 0;
  }

  /** Up to `limit` derivatives behind one of them, in an order of their own. */
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
   * Writes down that media are missing whose files are gone or damaged, so that the next run fetches them. A row that
   * says something else by now is left alone.
   *
   * @returns those that were written down.
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

  /** Media that were written down as missing and not fetched since, with what their files were. */
  lost(chatId: Chat['id']): readonly StoredFileRow[] {
    return this.#lost.all(chatId).map(toStoredFileRow);
  }

  /** Says that the file of a lost medium is there again, with the bytes that it had. */
  takeBack(chatId: Chat['id'], { messageId, position, path, sha256 }: StoredFileRow): void {
    this.#database.transaction(() => {
      this.#putFile.run(chatId, messageId, position);
      this.#takeBack.run(chatId, messageId, position);
      this.#takeVersionsBack.run(chatId, path, sha256);
    });
  }

  /** Forgets derivatives whose files are gone or damaged; their media count as not described, so that they are made again. */
  forgetDerivatives(chatId: Chat['id'], derivatives: readonly DerivativeRow[]): void {
    this.#database.transaction(() => {
      for (const { sha256, kind, path } of derivatives) {
        this.#forgetDerivative.run(chatId, sha256, kind, path);
        this.#askForDescription.run(chatId, sha256);
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
