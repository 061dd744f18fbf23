import type { Database, Statement } from '../../disk/sqlite/database.js';
import { chatFolderOf, mediaPathOf, remoteIdOf, sha256Of, type UncheckedText } from '../checks/unchecked-text.js';
import type { FilePlace } from './media-table.js';
import type { StoredFile } from '../../chat/record.js';

/** One finished part of a file that is still on its way. */
export interface JournalledPart {
  readonly offset: number;
  readonly sizeBytes: number;
  readonly crc32: number;
}

/** What has to be the same for recorded parts to be of use. */
export interface JournalledFile {
  readonly sizeBytes: number;
  /** Opaque, of the source. */
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
 * Which parts of files on their way are finished, and which files are about to get their names or have them and wait for
 * their rows, so that a later run fetches only what is missing. Files are named by the folder of their chat and the
 * remote id of the medium.
 *
 * A record is not synced: it survives the end of the process, and a power failure may take the last ones. Nothing is
 * lost by that but parts that are then fetched again.
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

  /** Remote ids of the files of one chat that may be on their way: parts are recorded of them, or they wait for a name. */
  remoteIds(folder: string): readonly string[] {
    return this.#remoteIds.all(folder).map(({ remote_id }) => remoteIdOf(remote_id, 'partial_files.remote_id'));
  }

  /** The record of one file. */
  of(folder: string, remoteId: string): FileJournal {
    return new FileJournal(this, folder, remoteId);
  }

  /** Begins the record of a file, or goes on with it. @returns what is recorded of the same file, ascending. */
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

  /** The file must have begun. */
  record(folder: string, remoteId: string, { offset, sizeBytes, crc32 }: JournalledPart): void {
    this.#unsynced(() => this.#putPart.run(folder, remoteId, offset, sizeBytes, crc32));
  }

  /** Says that a whole file is about to get its name. Its parts stay until {@link PartJournal.settle}. */
  place(folder: string, remoteId: string, { path, sizeBytes, sha256 }: StoredFile): void {
    this.#unsynced(() => this.#putPlacement.run(remoteId, folder, path, sizeBytes, sha256));
  }

  /** Where a file was put, or was about to be, that has no row yet. It may not be there, or be another by now. */
  placements(remoteId: string): readonly FilePlace[] {
    return this.#placements.all(remoteId).map((row) => ({
      ...toStoredFile(row),
      folder: chatFolderOf(row.folder, 'placements.folder'),
    }));
  }

  /** The same of one chat. Its bytes may still be where they were fetched to. */
  placementOf(folder: string, remoteId: string): StoredFile | undefined {
    const row = this.#placementOf.get(remoteId, folder);
    return row === undefined ? undefined : toStoredFile(row);
  }

  /** The paths of such files of one chat. */
  placedPaths(folder: string): readonly string[] {
    return this.#placementsIn.all(folder).map(({ path }) => mediaPathOf(path, 'placements.path'));
  }

  /** Forgets all such files of one chat. */
  clearPlacements(folder: string): void {
    this.#unsynced(() => this.#removePlacements.run(folder));
  }

  /** Forgets a file whose row is written, as part of the same transaction. */
  settle(folder: string, remoteId: string): void {
    this.#removeFile.run(folder, remoteId);
    this.#removePlacement.run(remoteId, folder);
  }

  /** Forgets the parts of a file. */
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
 * A version as the column `dc_id` has it. Archives of all versions have data centres there, as numbers: Telegram's versions are
 * these numbers, so that parts from before are still of use. Any other text gets a prefix, since SQLite would make a number
 * of some (https://sqlite.org/datatype3.html#type_affinity).
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

/** The record of one file on its way. */
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

  /** Parts recorded of the same file, ascending. Those of another are forgotten. */
  completed(file: JournalledFile): readonly JournalledPart[] {
    this.#hasBegun = true;
    return this.#journal.begin(this.#folder, this.#remoteId, file);
  }

  /** The bytes must be written before. Only after {@link FileJournal.completed}. */
  record(part: JournalledPart): void {
    this.#journal.record(this.#folder, this.#remoteId, part);
  }

  /** Says that the file is whole, synced, and about to get its name. */
  place(file: StoredFile): void {
    this.#journal.place(this.#folder, this.#remoteId, file);
  }

  /** Forgets the parts of the file. Costs nothing where it never began. */
  clear(): void {
    if (this.#hasBegun) this.#journal.clear(this.#folder, this.#remoteId);
  }
}
