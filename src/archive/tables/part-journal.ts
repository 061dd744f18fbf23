import type { Database, Statement } from '../../disk/sqlite/database.js';
import { chatFolderOf, mediaPathOf, remoteIdOf, sha256Of, type UncheckedText } from '../checks/unchecked-text.js';
import type { FilePlace } from './media-table.js';
import type { StoredFile } from '../../chat/record.js';

/** One finished part of a file that is being downloaded. */
export interface JournalledPart {
  readonly offset: number;
  readonly sizeBytes: number;
  readonly crc32: number;
}

/** Recorded parts are valid only for the same values. */
export interface JournalledFile {
  readonly sizeBytes: number;
  /** Opaque; defined by the source. */
  readonly version: string;
  readonly partBytes: number;
}

interface FileRow {
  readonly size_bytes: number;
  readonly dc_id: unknown;
  readonly part_bytes: number;
}

interface PlacementRow {
  readonly path: UncheckedText;
  readonly sizeBytes: number;
  readonly sha256: UncheckedText;
}

interface PartRow {
  readonly offset: number;
  readonly size_bytes: number;
  readonly crc32: number;
}

/**
 * Records the finished parts of files that are being downloaded, and the complete files without a row (placements), so
 * that a later run fetches only what is missing. A file is identified by the folder of its chat and the remote id.
 *
 * Entries are not synced: they survive the end of the process, but a power failure may lose the last ones. Then only
 * these parts are fetched again.
 */
export class PartJournal {
  readonly #database: Database;
  readonly #file: Statement<FileRow>;
  readonly #putFile: Statement;
  readonly #removeFile: Statement;
  readonly #parts: Statement<PartRow>;
  readonly #putPart: Statement;
  readonly #remoteIds: Statement<{ readonly remote_id: UncheckedText }>;
  readonly #putPlacement: Statement;
  readonly #removePlacement: Statement;
  readonly #removePlacements: Statement;
  readonly #placements: Statement<PlacementRow & { readonly folder: UncheckedText }>;
  readonly #placementOf: Statement<PlacementRow>;
  readonly #placementsIn: Statement<Pick<PlacementRow, 'path'>>;

  constructor(database: Database) {
    this.#database = database;
    this.#file = database.prepare(
      'SELECT size_bytes, dc_id, part_bytes FROM partial_files WHERE folder = ? AND remote_id = ?',
    );
    this.#putFile = database.prepare('INSERT INTO partial_files VALUES (?, ?, ?, ?, ?)');
    this.#removeFile = database.prepare('DELETE FROM partial_files WHERE folder = ? AND remote_id = ?');
    this.#parts = database.prepare(
      'SELECT "offset", size_bytes, crc32 FROM parts WHERE folder = ? AND remote_id = ? ORDER BY "offset"',
    );
    this.#putPart = database.prepare('INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?, ?)');
    this.#remoteIds = database.prepare(
      'SELECT remote_id FROM partial_files WHERE folder = ?1 UNION SELECT remote_id FROM placements WHERE folder = ?1',
    );
    this.#putPlacement = database.prepare('INSERT OR REPLACE INTO placements VALUES (?, ?, ?, ?, ?)');
    this.#removePlacement = database.prepare('DELETE FROM placements WHERE remote_id = ? AND folder = ?');
    this.#removePlacements = database.prepare('DELETE FROM placements WHERE folder = ?');
    this.#placements = database.prepare(
      'SELECT folder, path, size_bytes AS sizeBytes, sha256 FROM placements WHERE remote_id = ?',
    );
    this.#placementOf = database.prepare(
      'SELECT path, size_bytes AS sizeBytes, sha256 FROM placements WHERE remote_id = ? AND folder = ?',
    );
    this.#placementsIn = database.prepare('SELECT path FROM placements WHERE folder = ?');
  }

  /** Remote ids of the unfinished files of one chat: those with recorded parts, or with a placement. */
  remoteIds(folder: string): readonly string[] {
    return this.#remoteIds.all(folder).map(({ remote_id }) => remoteIdOf(remote_id, 'partial_files.remote_id'));
  }

  /** The journal of one file. */
  of(folder: string, remoteId: string): FileJournal {
    return new FileJournal(this, folder, remoteId);
  }

  /** Begins or continues the journal of a file. @returns the recorded parts of the same file, ascending. */
  begin(folder: string, remoteId: string, file: JournalledFile): readonly JournalledPart[] {
    const known = this.#file.get(folder, remoteId);
    const version = storedVersion(file.version);
    const isSame =
      known?.size_bytes === file.sizeBytes && known.dc_id === version && known.part_bytes === file.partBytes;
    if (isSame) {
      return this.#parts
        .all(folder, remoteId)
        .map(({ offset, size_bytes: sizeBytes, crc32 }) => ({ offset, sizeBytes, crc32 }))
        .filter(({ offset, sizeBytes }) => isCount(offset) && isCount(sizeBytes)); // Others are fetched again.
    }
    this.#unsynced(() => {
      this.#removeFile.run(folder, remoteId);
      this.#putFile.run(folder, remoteId, file.sizeBytes, version, file.partBytes);
    });
    return [];
  }

  /** Records a finished part. `begin` must be called before. */
  record(folder: string, remoteId: string, { offset, sizeBytes, crc32 }: JournalledPart): void {
    this.#unsynced(() => this.#putPart.run(folder, remoteId, offset, sizeBytes, crc32));
  }

  /** Records that a complete file is about to get its final name. Its parts stay until {@link PartJournal.settle}. */
  place(folder: string, remoteId: string, { path, sizeBytes, sha256 }: StoredFile): void {
    this.#unsynced(() => this.#putPlacement.run(remoteId, folder, path, sizeBytes, sha256));
  }

  /** The placements of a file without a row, in all chats. The file may be missing or have other bytes by now. */
  placements(remoteId: string): readonly FilePlace[] {
    return this.#placements.all(remoteId).map((row) => ({
      ...toStoredFile(row),
      folder: chatFolderOf(row.folder, 'placements.folder'),
    }));
  }

  /** The same for one chat. The bytes may still be at the temporary path. */
  placementOf(folder: string, remoteId: string): StoredFile | undefined {
    const row = this.#placementOf.get(remoteId, folder);
    return row === undefined ? undefined : toStoredFile(row);
  }

  /** The paths of all placements of one chat. */
  placedPaths(folder: string): readonly string[] {
    return this.#placementsIn.all(folder).map(({ path }) => mediaPathOf(path, 'placements.path'));
  }

  /** Removes all placements of one chat. */
  clearPlacements(folder: string): void {
    this.#unsynced(() => this.#removePlacements.run(folder));
  }

  /** Removes the entries of a file whose row is written, in the same transaction. */
  settle(folder: string, remoteId: string): void {
    this.#removeFile.run(folder, remoteId);
    this.#removePlacement.run(remoteId, folder);
  }

  /** Removes the parts of a file. */
  clear(folder: string, remoteId: string): void {
    this.#unsynced(() => this.#removeFile.run(folder, remoteId));
  }

  /** A sync for each part would take as long as the part (https://sqlite.org/pragma.html#pragma_synchronous). */
  #unsynced(work: () => void): void {
    this.#database.exec('PRAGMA synchronous = NORMAL');
    try {
      work();
    } finally {
      this.#database.exec('PRAGMA synchronous = FULL');
    }
  }
}

/**
 * A version as the column `dc_id` has it. Older archives have data centre numbers in this column. Telegram's versions
 * are these numbers, so that older parts stay valid. Any other text gets a prefix, since SQLite would convert some to
 * numbers (https://sqlite.org/datatype3.html#type_affinity).
 */
function storedVersion(version: string): string | number {
  return /^[1-9]\d{0,8}$/.test(version) ? Number(version) : `version:${version}`;
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function toStoredFile({ path, sizeBytes, sha256 }: PlacementRow): StoredFile {
  return {
    path: mediaPathOf(path, 'placements.path'),
    sizeBytes,
    sha256: sha256Of(sha256, 'placements.sha256'),
  };
}

/** The journal of one file. */
export class FileJournal {
  readonly #journal: PartJournal;
  readonly #folder: string;
  readonly #remoteId: string;
  #hasBegun = false;

  constructor(journal: PartJournal, folder: string, remoteId: string) {
    this.#journal = journal;
    this.#folder = folder;
    this.#remoteId = remoteId;
  }

  /** The recorded parts of the same file, ascending. Parts of another file are removed. */
  completed(file: JournalledFile): readonly JournalledPart[] {
    this.#hasBegun = true;
    return this.#journal.begin(this.#folder, this.#remoteId, file);
  }

  /** Records a part whose bytes are written. Call it only after {@link FileJournal.completed}. */
  record(part: JournalledPart): void {
    this.#journal.record(this.#folder, this.#remoteId, part);
  }

  /** Records that the file is complete, synced, and about to get its final name. */
  place(file: StoredFile): void {
    this.#journal.place(this.#folder, this.#remoteId, file);
  }

  /** Removes the parts of the file. Does nothing if there are none. */
  clear(): void {
    if (this.#hasBegun) this.#journal.clear(this.#folder, this.#remoteId);
  }
}
