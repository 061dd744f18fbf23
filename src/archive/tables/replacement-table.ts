import type { ChatId } from '../../chat/chat-id.js';
import type { Database, Statement } from '../../disk/sqlite/database.js';
import { derivativePathOf, mediaPathOf, sha256Of, type UncheckedText } from '../checks/unchecked-text.js';
import type { StoredFile } from '../../chat/record.js';
import { REMOVE_UNUSED_FILE } from './unused-file.js';

/** A content of a chat that has a smaller copy. */
export interface ReplaceableContent {
  /** Of the original, hex. */
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Of the smaller copy, relative to the chat's folder. */
  readonly copyPath: string;
  readonly copySizeBytes: number;
}

/** One media item whose file is about to be replaced by a smaller one. */
export interface ReplacedMedia {
  readonly messageId: number;
  readonly position: number;
  /** Of the original, relative to the chat's folder. */
  readonly originalPath: string;
}

interface ContentRow {
  readonly sha256: UncheckedText;
  readonly size_bytes: number;
  readonly path: UncheckedText;
  readonly copy_size_bytes: number;
}

interface OriginalRow {
  readonly message_id: number;
  readonly position: number;
  readonly path: UncheckedText;
}

/** Which originals were replaced by smaller copies, and which of them still have to be removed. */
export class ReplacementTable {
  readonly #database: Database;
  readonly #contents: Statement<ContentRow>;
  readonly #media: Statement<OriginalRow>;
  readonly #leftovers: Statement<{ readonly path: UncheckedText }>;
  readonly #forget: Statement;
  readonly #putFile: Statement;
  readonly #replace: Statement;
  readonly #replaceInVersions: Statement;
  readonly #putDescription: Statement;
  readonly #moveDerivatives: Statement;
  readonly #removeDescription: Statement;
  readonly #removeUnusedFile: Statement;
  readonly #removeCopy: Statement;
  readonly #addProblem: Statement;

  constructor(database: Database) {
    this.#database = database;
    this.#contents = database.prepare(
      `SELECT d.sha256, f.size_bytes, d.path, d.size_bytes AS copy_size_bytes
       FROM derivatives AS d JOIN files AS f ON f.sha256 = d.sha256
       WHERE d.chat_id = ?1 AND d.kind = 'transcode' AND d.size_bytes < f.size_bytes ORDER BY d.sha256`,
    );
    this.#media = database.prepare(
      `SELECT message_id, position, path FROM media WHERE chat_id = ? AND sha256 = ? AND state = 'stored'
       ORDER BY message_id, position`,
    );
    this.#leftovers = database.prepare(
      'SELECT original_path AS path FROM media WHERE chat_id = ? AND original_path IS NOT NULL',
    );
    this.#forget = database.prepare(
      'UPDATE media SET original_path = NULL WHERE chat_id = ? AND original_path IS NOT NULL',
    );
    this.#putFile = database.prepare(
      'INSERT INTO files SELECT ?1, ?2, kind FROM files WHERE sha256 = ?3 ON CONFLICT (sha256) DO NOTHING',
    );
    this.#replace = database.prepare(
      `UPDATE media SET path = ?1, sha256 = ?2, original_path = path, original_sha256 = sha256,
         original_size_bytes = (SELECT size_bytes FROM files WHERE sha256 = media.sha256)
       WHERE chat_id = ?3 AND message_id = ?4 AND position = ?5`,
    );
    this.#replaceInVersions = database.prepare(
      `UPDATE version_media SET path = ?1, sha256 = ?2, original_sha256 = sha256, original_size_bytes = file_size_bytes,
         file_size_bytes = ?3 WHERE chat_id = ?4 AND path = ?5 AND sha256 = ?6`,
    );
    this.#putDescription = database.prepare(
      `INSERT INTO descriptions (chat_id, sha256, recipe, data)
       SELECT chat_id, ?1, recipe, data FROM descriptions WHERE chat_id = ?2 AND sha256 = ?3
       ON CONFLICT (chat_id, sha256) DO NOTHING`,
    );
    this.#moveDerivatives = database.prepare(
      `UPDATE OR IGNORE derivatives SET sha256 = ?1 WHERE chat_id = ?2 AND sha256 = ?3 AND kind <> 'transcode'`,
    );
    this.#removeDescription = database.prepare('DELETE FROM descriptions WHERE chat_id = ? AND sha256 = ?');
    this.#removeUnusedFile = database.prepare(REMOVE_UNUSED_FILE);
    this.#removeCopy = database.prepare(
      "DELETE FROM derivatives WHERE chat_id = ? AND sha256 = ? AND kind = 'transcode'",
    );
    this.#addProblem = database.prepare(
      `UPDATE descriptions SET data = json_insert(data, '$.problems[#]', json_object('work', 'replace', 'reason', ?1))
       WHERE chat_id = ?2 AND sha256 = ?3`,
    );
  }

  /** Contents of a chat that have a smaller copy and still have their original. */
  contents(chatId: ChatId): readonly ReplaceableContent[] {
    return this.#contents.all(chatId).map(({ sha256, size_bytes, path, copy_size_bytes }) => ({
      sha256: sha256Of(sha256, 'derivatives.sha256'),
      sizeBytes: size_bytes,
      copyPath: derivativePathOf(path, 'derivatives.path'),
      copySizeBytes: copy_size_bytes,
    }));
  }

  /** The media of a chat that have this content. */
  media(chatId: ChatId, sha256: string): readonly ReplacedMedia[] {
    return this.#media.all(chatId, sha256).map(({ message_id: messageId, position, path }) => ({
      messageId,
      position,
      originalPath: mediaPathOf(path, 'media.path'),
    }));
  }

  /**
   * Replaces the files of a content by smaller ones, in one transaction. The new files must be durable. The derivatives
   * of the content become theirs.
   *
   * @param files - One per media item, all with the same bytes.
   */
  replace(
    chatId: ChatId,
    sha256: string,
    files: readonly { readonly medium: ReplacedMedia; readonly file: StoredFile }[],
  ): void {
    this.#database.transaction(() => {
      for (const { medium, file } of files) {
        this.#putFile.run(file.sha256, file.sizeBytes, sha256);
        this.#replace.run(file.path, file.sha256, chatId, medium.messageId, medium.position);
        this.#replaceInVersions.run(file.path, file.sha256, file.sizeBytes, chatId, medium.originalPath, sha256);
        this.#putDescription.run(file.sha256, chatId, sha256);
        this.#moveDerivatives.run(file.sha256, chatId, sha256);
      }
      this.#removeDescription.run(chatId, sha256);
      this.#removeUnusedFile.run(sha256);
    });
  }

  /**
   * Records that a content keeps its original: removes the row of its smaller copy, and lists the reason.
   *
   * @param reason - A sentence.
   */
  refuse(chatId: ChatId, sha256: string, reason: string): void {
    this.#database.transaction(() => {
      this.#removeCopy.run(chatId, sha256);
      this.#addProblem.run(reason, chatId, sha256);
    });
  }

  /** Replaced originals that may still exist, relative to the chat's folder. */
  leftovers(chatId: ChatId): readonly string[] {
    return this.#leftovers.all(chatId).map(({ path }) => mediaPathOf(path, 'media.original_path'));
  }

  /** Records that they are removed. */
  forgetLeftovers(chatId: ChatId): void {
    this.#database.transaction(() => this.#forget.run(chatId));
  }
}
