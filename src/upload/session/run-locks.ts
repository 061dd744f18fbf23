import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { fileError, isSystemError } from '../../disk/file-error.js';
import { ProcessLock } from '../../disk/lock/process-lock.js';
import { removeOwnFileSync } from '../../disk/own-file-sync.js';
import { PrivateFolder } from '../../disk/private-folder.js';
import { isChatferryError } from '../../errors/chatferry-error.js';

const LOCK_NAME = /^\.run-([0-9a-f-]{36})\.lock$/;
const SPOOL_NAME = /^\.run-([0-9a-f-]{36})\.spool-/;

/**
 * Distinguishes running runs from ended ones, even after a kill: each holds its own lock. Use it only inside a
 * transaction of the upload store: two processes that test a lock at the same time would take each other for its owner.
 */
export class RunLocks implements Disposable {
  readonly #folder: string;
  readonly #lock: ProcessLock;
  /** Of this run. */
  readonly runId: string;

  private constructor(folder: string, runId: string) {
    this.#folder = folder;
    this.runId = runId;
    this.#lock = ProcessLock.take(this.#lockFileOf(runId), 'This run');
  }

  /** Takes the lock of a new run. @throws {ChatferryError} `FILE_SYSTEM` */
  static begin(folder: string): RunLocks {
    return new RunLocks(folder, randomUUID());
  }

  isAlive(runId: string): boolean {
    if (runId === this.runId) return true;
    const path = this.#lockFileOf(runId);
    try {
      ProcessLock.take(path, 'The run')[Symbol.dispose]();
    } catch (error) {
      if (isChatferryError(error, 'LOCKED')) return true;
      throw error;
    }
    // Testing the lock of an ended run creates the file again.
    this.#remove(path);
    return false;
  }

  /**
   * Removes the locks and spools of runs that have ended. Foreign files with such names stay.
   *
   * @returns the ended runs.
   */
  removeDead(): readonly string[] {
    const names = this.#try('read the folder', this.#folder, () => readdirSync(this.#folder));
    const dead = names.flatMap((name) => LOCK_NAME.exec(name)?.[1] ?? []).filter((runId) => !this.#mayBeAlive(runId));
    for (const name of names) {
      const runId = SPOOL_NAME.exec(name)?.[1];
      if (runId !== undefined && !this.#mayBeAlive(runId)) this.#removeSpool(join(this.#folder, name));
    }
    return dead;
  }

  makeSpool(): Promise<PrivateFolder> {
    return PrivateFolder.make(`.run-${this.runId}.spool-`, this.#folder);
  }

  /** Ends the run. */
  [Symbol.dispose](): void {
    this.#lock[Symbol.dispose]();
    this.#remove(this.#lockFileOf(this.runId));
  }

  #mayBeAlive(runId: string): boolean {
    try {
      return this.isAlive(runId);
    } catch (error) {
      if (isChatferryError(error, 'FILE_SYSTEM')) return true;
      throw error;
    }
  }

  #removeSpool(path: string): void {
    try {
      PrivateFolder.at(path).removeSync();
    } catch (error) {
      // A later run tries again; a link or a folder of another user stays.
      if (!isChatferryError(error, 'FILE_SYSTEM') && !isSystemError(error)) throw error;
    }
  }

  #remove(path: string): void {
    this.#try('remove', path, () => {
      removeOwnFileSync(path);
    });
  }

  #try<T>(doing: string, path: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw fileError(error, doing, path);
    }
  }

  #lockFileOf(runId: string): string {
    return join(this.#folder, `.run-${runId}.lock`);
  }
}
