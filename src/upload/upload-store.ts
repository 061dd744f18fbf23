import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

import { Database, type Statement } from '../disk/sqlite/database.js';
import { ProcessLock } from '../disk/lock/process-lock.js';
import { ChatferryError, isChatferryError } from '../errors/chatferry-error.js';
import type { RemoteFile } from './upload-target.js';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS remembered (
    target TEXT NOT NULL, sha256 TEXT NOT NULL, name TEXT NOT NULL, size_bytes INTEGER NOT NULL,
    address TEXT NOT NULL, remote_id TEXT NOT NULL, expires_at_ms INTEGER, stored_at_ms INTEGER NOT NULL,
    PRIMARY KEY (target, sha256, name)) STRICT;
  CREATE TABLE IF NOT EXISTS claims (session_id TEXT PRIMARY KEY, run_id TEXT NOT NULL) STRICT;
`;

interface RememberedRow {
  readonly name: string;
  readonly size_bytes: number;
  readonly address: string;
  readonly remote_id: string;
  readonly expires_at_ms: number | null;
}

/** A file that a target has. */
export interface RememberedFile extends RemoteFile {
  readonly name: string;
  readonly sizeBytes: number;
}

/**
 * What uploads remember beside their sessions: which target has which content, and which run works on which session.
 * It lives in the folder of the sessions: the archive is only read.
 */
export class UploadStore implements Disposable {
  readonly #folder: string;
  readonly #database: Database;
  readonly #runId = randomUUID();
  readonly #lock: ProcessLock;
  readonly #sql: ReturnType<typeof prepareAll>;

  /** @param folder - Absolute; must be there. @throws {ChatferryError} */
  constructor(folder: string) {
    this.#folder = folder;
    this.#lock = ProcessLock.take(this.#lockFileOf(this.#runId), 'This run');
    try {
      this.#database = new Database(join(folder, 'uploads.db'));
      this.#database.exec('PRAGMA journal_mode = WAL;');
      this.#database.exec(SCHEMA);
      this.#sql = prepareAll(this.#database);
    } catch (error) {
      this.#lock[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Takes a session for this run, until {@link UploadStore.release} or the end of the process.
   *
   * @throws {ChatferryError} `LOCKED` when another run that is alive has it.
   */
  claim(sessionId: string): void {
    this.#database.transaction(() => {
      const holder = this.#sql.holder.get(sessionId)?.run_id;
      if (holder !== undefined && holder !== this.#runId && this.#isAlive(holder)) {
        const message = `The upload session ${sessionId} is in use by another run. Wait until it ends, or stop it.`;
        throw new ChatferryError('LOCKED', message);
      }
      this.#sql.claim.run(sessionId, this.#runId);
    });
  }

  /** Gives a session back. */
  release(sessionId: string): void {
    this.#sql.release.run(sessionId, this.#runId);
  }

  /** Where a target has this content under this name, unless it has forgotten it by now. */
  find(target: string, sha256: string, name: string, nowMs: number): RememberedFile | undefined {
    const row = this.#sql.find.get(target, sha256, name);
    if (row === undefined || (row.expires_at_ms !== null && row.expires_at_ms <= nowMs)) return undefined;
    return {
      name: row.name,
      sizeBytes: row.size_bytes,
      address: row.address,
      id: row.remote_id,
      ...(row.expires_at_ms === null ? {} : { expiresAtMs: row.expires_at_ms }),
    };
  }

  remember(
    target: string,
    sha256: string,
    { name, sizeBytes, address, id, expiresAtMs }: RememberedFile,
    nowMs: number,
  ): void {
    this.#sql.remember.run(target, sha256, name, sizeBytes, address, id, expiresAtMs ?? null, nowMs);
  }

  /** The file is not there any more. */
  forget(target: string, sha256: string, name: string): void {
    this.#sql.forget.run(target, sha256, name);
  }

  /** Releases everything that this run holds. */
  [Symbol.dispose](): void {
    this.#sql.releaseAll.run(this.#runId);
    this.#database.close();
    this.#lock[Symbol.dispose]();
  }

  /** A run that has ended, however it did, holds its lock no more. */
  #isAlive(runId: string): boolean {
    try {
      ProcessLock.take(this.#lockFileOf(runId), 'The run')[Symbol.dispose]();
      return false;
    } catch (error) {
      if (isChatferryError(error, 'LOCKED')) return true;
      throw error;
    }
  }

  #lockFileOf(runId: string): string {
    return join(this.#folder, `.run-${runId}.lock`);
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
      'SELECT name, size_bytes, address, remote_id, expires_at_ms FROM remembered WHERE target = ? AND sha256 = ? AND name = ?',
    ),
    remember: database.prepare('INSERT OR REPLACE INTO remembered VALUES (?, ?, ?, ?, ?, ?, ?, ?)'),
    forget: database.prepare('DELETE FROM remembered WHERE target = ? AND sha256 = ? AND name = ?'),
  };
}
