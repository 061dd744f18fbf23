import { join } from 'node:path';

import { Archive } from '../../../archive/archive.js';
import { copyDatabase, DATABASE_FILE } from '../../../archive/archive-database.js';
import { resolveRoot } from '../../../disk/own-tree.js';
import { PrivateFolder } from '../../../disk/private-folder.js';
import type { UploadItem } from '../../../upload/uploaded-file.js';
import { chatItems } from './chat-items.js';
import type { LeftOut } from './left-out.js';

/**
 * A snapshot of an archive: a copy of its database that is read instead. Every file with a row in it is on disk, so a
 * complete archive can be sent while an export writes to it.
 */
export class ArchiveMoment implements AsyncDisposable {
  /** Of the archive itself, absolute. */
  readonly directory: string;
  /** The rows of that moment. */
  readonly rows: Archive;
  /** The path of the copy, absolute; of the database itself if no copy was made. */
  readonly databasePath: string;
  /** The folder of the copy. */
  readonly #folder: PrivateFolder | undefined;

  private constructor(parts: { directory: string; rows: Archive; databasePath: string; folder?: PrivateFolder }) {
    this.directory = parts.directory;
    this.rows = parts.rows;
    this.databasePath = parts.databasePath;
    this.#folder = parts.folder;
  }

  /**
   * Copies the database of the archive in a directory. Only reads there.
   *
   * @param room - A folder for the copy; removed with it. @defaultValue a temporary folder
   * @throws {ChatferryError} `USAGE` if there is no archive; `ARCHIVE_DAMAGED`; `FILE_SYSTEM`.
   */
  static async of(directory: string, room?: PrivateFolder): Promise<ArchiveMoment> {
    const root = await resolveRoot(directory);
    const folder = room ?? (await PrivateFolder.make('chatferry-upload-'));
    try {
      const databasePath = await copyDatabase(root, folder.path);
      const rows = await Archive.open(folder.path, { readOnly: true });
      return new ArchiveMoment({ directory: root, rows, databasePath, folder });
    } catch (error) {
      await folder.remove();
      throw error;
    }
  }

  /**
   * The same without a copy, for counting and listing: rows are read from the database itself, and may change
   * meanwhile.
   *
   * @throws {ChatferryError} `USAGE` if there is no archive; `ARCHIVE_DAMAGED`; `FILE_SYSTEM`.
   */
  static async inPlace(directory: string): Promise<ArchiveMoment> {
    const root = await resolveRoot(directory);
    const rows = await Archive.open(root, { readOnly: true });
    return new ArchiveMoment({ directory: root, rows, databasePath: join(root, DATABASE_FILE) });
  }

  /** The database, under the name that it has in the archive. @param prefix - Of names at the target; ends with `/`. */
  databaseItem(prefix: string): UploadItem {
    return {
      path: join(this.directory, DATABASE_FILE),
      bytesPath: this.databasePath,
      name: `${prefix}${DATABASE_FILE}`,
    };
  }

  /**
   * All files of the archive: those of its chats, in the order of their folders, and the database last, so that the
   * database at the target never names a file that is not there yet.
   *
   * @throws as `chatItems` does.
   */
  async *items(prefix: string, leftOut: LeftOut, signal: AbortSignal): AsyncGenerator<UploadItem, void, void> {
    const { rows: archive, directory } = this;
    for (const chat of archive.chats()) {
      yield* chatItems({ archive, directory, chat, name: `${prefix}${chat.folder}`, leftOut }, signal);
    }
    yield this.databaseItem(prefix);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.rows.close();
    await this.#folder?.remove();
  }
}
