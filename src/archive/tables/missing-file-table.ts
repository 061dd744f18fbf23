import type { Database, Statement } from '../../disk/sqlite/database.js';
import type { ArchiveFile, LostFile } from '../files/archive-file.js';
import { REMOVE_UNUSED_FILE } from './unused-file.js';

/** Keeps the hash of a missing file in `original_sha256`, unless that has the hash of the replaced original. */
const MISSING = `state = 'failed', sha256 = NULL, code = 'FILE_LOST', reason = ?1,
  original_sha256 = CASE WHEN original_sha256 IS NULL THEN sha256 END`;
const PRESENT = `state = 'stored', sha256 = original_sha256, code = NULL, reason = NULL,
  original_sha256 = NULL, original_size_bytes = NULL`;

/** Marks files as missing, and as stored again. */
export class MissingFileTable {
  readonly #database: Database;
  readonly #markMedia: Statement<{ readonly position: number }>;
  readonly #markVersions: Statement<{ readonly position: number }>;
  readonly #removeUnusedFile: Statement;
  readonly #removeDerivative: Statement<{ readonly kind: string }>;
  readonly #askForDescription: Statement;
  readonly #putFile: Statement;
  readonly #takeMediaBack: Statement;
  readonly #takeVersionsBack: Statement;

  constructor(database: Database) {
    this.#database = database;
    this.#markMedia = database.prepare(
      `UPDATE media SET ${MISSING}, original_size_bytes = CASE WHEN original_sha256 IS NULL
           THEN (SELECT size_bytes FROM files WHERE sha256 = media.sha256) END
       WHERE chat_id = ?2 AND message_id = ?3 AND position = ?4 AND state = 'stored' AND path = ?5 AND sha256 = ?6
       RETURNING position`,
    );
    this.#markVersions = database.prepare(
      `UPDATE version_media SET ${MISSING}, original_size_bytes = CASE WHEN original_sha256 IS NULL THEN file_size_bytes END
       WHERE chat_id = ?2 AND path = ?3 AND sha256 = ?4 RETURNING position`,
    );
    this.#removeUnusedFile = database.prepare(REMOVE_UNUSED_FILE);
    this.#removeDerivative = database.prepare(
      'DELETE FROM derivatives WHERE chat_id = ? AND sha256 = ? AND kind = ? AND path = ? RETURNING kind',
    );
    this.#askForDescription = database.prepare("UPDATE descriptions SET recipe = '' WHERE chat_id = ? AND sha256 = ?");
    this.#putFile = database.prepare(
      `INSERT INTO files SELECT original_sha256, original_size_bytes, kind FROM media
       WHERE chat_id = ? AND message_id = ? AND position = ? AND code = 'FILE_LOST' ON CONFLICT (sha256) DO NOTHING`,
    );
    this.#takeMediaBack = database.prepare(
      `UPDATE media SET ${PRESENT} WHERE chat_id = ? AND message_id = ? AND position = ? AND code = 'FILE_LOST'`,
    );
    this.#takeVersionsBack = database.prepare(
      `UPDATE version_media SET ${PRESENT}
       WHERE chat_id = ? AND path = ? AND original_sha256 = ? AND state = 'failed' AND code = 'FILE_LOST'`,
    );
  }

  /** See {@link Archive.markMissing}. */
  mark(lost: readonly LostFile[]): readonly LostFile[] {
    if (lost.length === 0) return [];
    return this.#database.transaction(() => lost.filter((one) => this.#markOne(one)));
  }

  /** Marks a missing file as stored again. It exists with its former bytes. */
  takeBack({ chatId, messageId, position, pathInChat: path, sha256 }: ArchiveFile): void {
    this.#database.transaction(() => {
      if (messageId !== undefined && position !== undefined) {
        this.#putFile.run(chatId, messageId, position);
        this.#takeMediaBack.run(chatId, messageId, position);
      }
      if (sha256 !== undefined) this.#takeVersionsBack.run(chatId, path, sha256);
    });
  }

  #markOne({ file, reason }: LostFile): boolean {
    const { chatId, messageId, position, pathInChat: path, sha256, madeFrom } = file;
    if (madeFrom !== undefined) return this.#forgetDerivative(file, madeFrom);
    if (file.isMissing || sha256 === undefined) return false;
    if (messageId !== undefined && position !== undefined) {
      if (this.#markMedia.all(reason, chatId, messageId, position, path, sha256).length === 0) return false;
      this.#removeUnusedFile.run(sha256);
      this.#markVersions.all(reason, chatId, path, sha256);
      return true;
    }
    return this.#markVersions.all(reason, chatId, path, sha256).length > 0;
  }

  /** Its media file then counts as not described, so that the next export makes the derivative again. */
  #forgetDerivative({ chatId, kind, pathInChat: path }: ArchiveFile, madeFrom: string): boolean {
    if (this.#removeDerivative.all(chatId, madeFrom, kind, path).length === 0) return false;
    this.#askForDescription.run(chatId, madeFrom);
    return true;
  }
}
