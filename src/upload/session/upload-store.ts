import { join } from 'node:path';

import type { PrivateFolder } from '../../disk/private-folder.js';
import { Database, type Statement } from '../../disk/sqlite/database.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import { BEGUN_SCHEMA, type BegunUploads, begunUploads } from './begun-uploads.js';
import { RunLocks } from './run-locks.js';
import { isSameMark, type RangeDigest, type SourceMark } from '../file/source-file.js';
import type { StoredForm } from '../uploaded-file.js';
import type { RememberedFiles } from './remembered-files.js';
import type { TargetFacts } from '../target-facts.js';
import type { RemoteFile } from '../upload-target.js';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS remembered (
    target TEXT NOT NULL, sha256 TEXT NOT NULL, name TEXT NOT NULL, size_bytes INTEGER NOT NULL,
    address TEXT NOT NULL, remote_id TEXT NOT NULL, expires_at_ms INTEGER, stored_at_ms INTEGER NOT NULL,
    stored_size_bytes INTEGER, stored_sha256 TEXT,
    PRIMARY KEY (target, sha256, name)) STRICT;
  CREATE TABLE IF NOT EXISTS facts (
    target TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (target, name)) STRICT;
  CREATE TABLE IF NOT EXISTS digests (
    path TEXT PRIMARY KEY, size_bytes INTEGER NOT NULL, modified_ns TEXT NOT NULL, inode TEXT NOT NULL,
    sha256 TEXT NOT NULL, md5 TEXT) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS claims (session_id TEXT PRIMARY KEY, run_id TEXT NOT NULL) STRICT;
`;

const DAMAGED = 'Remove it: only the record of what was sent is lost.';

interface DigestRow {
  readonly size_bytes: number;
  readonly modified_ns: string;
  readonly inode: string;
  readonly sha256: string;
  readonly md5: string | null;
}

interface RememberedRow {
  readonly name: string;
  readonly size_bytes: number;
  readonly address: string;
  readonly remote_id: string;
  readonly expires_at_ms: number | null;
  readonly stored_size_bytes: number | null;
  readonly stored_sha256: string | null;
}

/** A file that a target has. */
export interface RememberedFile extends RemoteFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** Set if it is stored in another form there. */
  readonly stored?: StoredForm;
}

/** Bytes at a target. */
interface SentContent {
  /** The id of the target. */
  readonly target: string;
  /** Of the original. */
  readonly sha256: string;
}

/**
 * The record of uploads besides their sessions: which target has which content, and which run uses which session. It is in
 * the folder of the sessions, because the archive is only read.
 */
export class UploadStore implements Disposable {
  readonly #database: Database;
  readonly #locks: RunLocks;
  readonly #claimed = new Set<string>();
  readonly #sql: ReturnType<typeof prepareAll>;

  /**
   * Opens the store, and removes the leftovers of killed runs.
   *
   * @param folder - Absolute; must exist.
   * @throws {ChatferryError}
   */
  constructor(folder: string) {
    this.#database = new Database(join(folder, 'uploads.db'), { isPrivate: true, whenDamaged: DAMAGED });
    try {
      // A power failure may lose the last rows. No claims are held then, and at worst a file is sent again.
      this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
      this.#database.exec(SCHEMA);
      this.#database.exec(BEGUN_SCHEMA);
      this.#sql = prepareAll(this.#database);
      // Locks are taken, tested and removed only in a transaction, so that no run is tested while it begins or ends.
      this.#locks = this.#database.transaction(() => {
        const locks = RunLocks.begin(folder);
        for (const runId of locks.removeDead()) this.#sql.releaseAll.run(runId);
        return locks;
      });
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  /**
   * Takes a session for this run, until {@link UploadStore.release} or the end of the process.
   *
   * @throws {ChatferryError} `LOCKED` when another running process holds it, or this run already uses it.
   */
  claim(sessionId: string): void {
    if (this.#claimed.has(sessionId)) {
      const message = `The upload session ${sessionId} is in use by this run already: the same file was named twice.`;
      throw new ChatferryError('LOCKED', message);
    }
    this.#database.transaction(() => {
      const holder = this.#sql.holder.get(sessionId)?.run_id;
      if (holder !== undefined && this.#locks.isAlive(holder)) {
        const message = `The upload session ${sessionId} is in use by another run. Wait until it ends, or stop it.`;
        throw new ChatferryError('LOCKED', message);
      }
      this.#sql.claim.run(sessionId, this.#locks.runId);
    });
    this.#claimed.add(sessionId);
  }

  /** Whether a running process holds the session. */
  isInUse(sessionId: string): boolean {
    return this.#database.transaction(() => {
      const holder = this.#sql.holder.get(sessionId)?.run_id;
      return holder !== undefined && this.#locks.isAlive(holder);
    });
  }

  /** Releases a session. */
  release(sessionId: string): void {
    if (this.#claimed.delete(sessionId)) this.#sql.release.run(sessionId, this.#locks.runId);
  }

  /** A folder for temporary files to send. If this run cannot remove it, a later one does. */
  makeSpool(): Promise<PrivateFolder> {
    return this.#locks.makeSpool();
  }

  /** The file of this content and name at a target, unless it has expired. */
  find({ target, sha256, name }: SentContent & { readonly name: string }, nowMs: number): RememberedFile | undefined {
    const row = this.#sql.find.get(target, sha256, name);
    if (row === undefined || (row.expires_at_ms !== null && row.expires_at_ms <= nowMs)) return undefined;
    return {
      name: row.name,
      sizeBytes: row.size_bytes,
      address: row.address,
      id: row.remote_id,
      ...(row.expires_at_ms === null ? {} : { expiresAtMs: row.expires_at_ms }),
      ...(row.stored_size_bytes === null || row.stored_sha256 === null
        ? {}
        : { stored: { encoding: 'gzip', sizeBytes: row.stored_size_bytes, sha256: row.stored_sha256 } }),
    };
  }

  remember(
    { target, sha256 }: SentContent,
    { name, sizeBytes, address, id, expiresAtMs, stored }: RememberedFile,
    nowMs: number,
  ): void {
    const form = [stored?.sizeBytes ?? null, stored?.sha256 ?? null];
    this.#sql.remember.run(target, sha256, name, sizeBytes, address, id, expiresAtMs ?? null, nowMs, ...form);
  }

  /** Whether this user has sent anything to a target before. */
  knows(target: string): boolean {
    return this.#sql.knows.get(target) !== undefined;
  }

  /** Uploads to a target that were begun from here and may not have ended. */
  begunAt(target: string): BegunUploads {
    return begunUploads(this.#database, target);
  }

  /** All targets with such uploads. */
  targetsWithBegun(): readonly string[] {
    return this.#sql.targetsWithBegun.all().map(({ target }) => target);
  }

  /** Removes the record of a file that no longer exists. */
  forget(target: string, sha256: string, name: string): void {
    this.#sql.forget.run(target, sha256, name);
  }

  /** The files of a target that were uploaded from here. */
  filesOf(target: string): RememberedFiles {
    return {
      list: () =>
        this.#sql.filesOf.all(target).map((row) => ({ id: row.remote_id, name: row.name, sizeBytes: row.size_bytes })),
      forget: (id) => {
        this.#sql.forgetFile.run(target, id);
      },
    };
  }

  /** Recorded facts about a target. */
  factsOf(target: string): TargetFacts {
    return {
      get: (name) => this.#sql.fact.get(target, name)?.value,
      set: (name, value) => {
        this.#sql.keepFact.run(target, name, value);
      },
    };
  }

  /** The digest of a file from its last reading, if it has not changed since. @param path - Absolute. */
  digestOf(path: string, mark: SourceMark): RangeDigest | undefined {
    const row = this.#sql.digest.get(path);
    if (row === undefined) return undefined;
    const known = { sizeBytes: row.size_bytes, modifiedNs: row.modified_ns, inode: row.inode };
    if (!isSameMark(known, mark)) return undefined;
    return { sha256: row.sha256, ...(row.md5 === null ? {} : { md5: row.md5 }) };
  }

  /** Records the digest of a file. */
  noteDigest(path: string, { sizeBytes, modifiedNs, inode }: SourceMark, { sha256, md5 }: RangeDigest): void {
    this.#sql.noteDigest.run(path, sizeBytes, modifiedNs, inode, sha256, md5 ?? null);
  }

  /** Releases everything that this run holds. */
  [Symbol.dispose](): void {
    try {
      this.#database.transaction(() => {
        this.#sql.releaseAll.run(this.#locks.runId);
        this.#locks[Symbol.dispose]();
      });
    } finally {
      this.#database.close();
    }
  }
}

function prepareAll(database: Database) {
  const holder: Statement<{ readonly run_id: string }> = database.prepare(
    'SELECT run_id FROM claims WHERE session_id = ?',
  );
  return {
    holder,
    claim: database.prepare('INSERT OR REPLACE INTO claims (session_id, run_id) VALUES (?, ?)'),
    release: database.prepare('DELETE FROM claims WHERE session_id = ? AND run_id = ?'),
    releaseAll: database.prepare('DELETE FROM claims WHERE run_id = ?'),
    find: database.prepare<RememberedRow>(
      'SELECT name, size_bytes, address, remote_id, expires_at_ms, stored_size_bytes, stored_sha256 FROM remembered WHERE target = ? AND sha256 = ? AND name = ?',
    ),
    targetsWithBegun: database.prepare<{ readonly target: string }>('SELECT DISTINCT target FROM begun'),
    knows: database.prepare<{ readonly one: number }>('SELECT 1 AS one FROM remembered WHERE target = ? LIMIT 1'),
    digest: database.prepare<DigestRow>(
      'SELECT size_bytes, modified_ns, inode, sha256, md5 FROM digests WHERE path = ?',
    ),
    // A run to a target that needs no MD5 keeps the MD5 that another target needs.
    noteDigest: database.prepare(
      `INSERT INTO digests VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (path) DO UPDATE SET
         md5 = CASE WHEN sha256 = excluded.sha256 THEN coalesce(excluded.md5, md5) ELSE excluded.md5 END,
         size_bytes = excluded.size_bytes, modified_ns = excluded.modified_ns, inode = excluded.inode, sha256 = excluded.sha256`,
    ),
    remember: database.prepare('INSERT OR REPLACE INTO remembered VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
    fact: database.prepare<{ readonly value: string }>('SELECT value FROM facts WHERE target = ? AND name = ?'),
    keepFact: database.prepare('INSERT OR REPLACE INTO facts VALUES (?, ?, ?)'),
    filesOf: database.prepare<RememberedRow>('SELECT * FROM remembered WHERE target = ? ORDER BY stored_at_ms, rowid'),
    forgetFile: database.prepare('DELETE FROM remembered WHERE target = ? AND remote_id = ?'),
    forget: database.prepare('DELETE FROM remembered WHERE target = ? AND sha256 = ? AND name = ?'),
  };
}
