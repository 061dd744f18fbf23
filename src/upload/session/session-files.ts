import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { writeDurably } from '../../disk/durable-file.js';
import { isSystemError, withFileErrors } from '../../disk/file-error.js';
import { makeFolder } from '../../disk/make-folder.js';
import { requireOwnFolder } from '../../disk/own-folder.js';
import { resolveRoot } from '../../disk/own-tree.js';
import { readOwnFile, removeOwnFile } from '../../disk/own-file.js';
import { isChatferryError } from '../../errors/chatferry-error.js';
import { parseSession, type UploadSession } from './upload-session.js';

const SUFFIX = '.session.json';
/** 10,000 parts of 300 bytes each are 3 MB. */
const MAX_SESSION_BYTES = 16 * 1024 * 1024;
/** Enough, because a run replaces its session at most every few milliseconds. */
const MAX_READS = 20;

/**
 * Upload sessions on disk: one JSON file each, readable by its owner only, replaced atomically after every part.
 *
 * Every method may throw a {@link ChatferryError} `FILE_SYSTEM`.
 */
export class SessionFiles {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * @param folder - Absolute; created as a private folder if necessary. A folder that others may write to is refused,
   *   because a session determines where bytes are sent.
   */
  static async open(folder: string): Promise<SessionFiles> {
    await withFileErrors('create the folder', folder, async () => {
      await makeFolder(folder, { mode: 0o700 });
      await requireOwnFolder(
        folder,
        `The folder of upload sessions ${folder}`,
        () => 'Set UPLOAD_SESSION_DIR to a folder of your own.',
      );
    });
    return new SessionFiles(await resolveRoot(folder));
  }

  /** Undefined if there is none. A damaged or foreign session, or one of another version, counts as none. */
  async read(id: string): Promise<UploadSession | undefined> {
    const path = this.#pathOf(id);
    return withFileErrors('read', path, async () => {
      const content = await readWhileReplaced(path);
      const session = content === undefined ? undefined : parseSession(content.toString('utf8'));
      return session?.id === id ? session : undefined;
    });
  }

  /** Durable on return, readable by its owner only. If it fails, the existing file does not change. */
  async write(session: UploadSession): Promise<void> {
    await writeDurably(this.#pathOf(session.id), `${JSON.stringify(session)}\n`, { mode: 0o600 });
  }

  async remove(id: string): Promise<void> {
    const path = this.#pathOf(id);
    await withFileErrors('remove', path, () => removeOwnFile(path));
  }

  /** All readable sessions, latest first. @param beginning - The beginning of their ids. */
  async list(beginning: string = ''): Promise<readonly UploadSession[]> {
    const names = await withFileErrors('read the folder', this.#folder, () => readdir(this.#folder));
    const sessions: UploadSession[] = [];
    for (const name of names) {
      if (!name.endsWith(SUFFIX) || name.startsWith('.') || !name.startsWith(beginning)) continue;
      const session = await this.read(name.slice(0, -SUFFIX.length));
      if (session !== undefined) sessions.push(session);
    }
    return sessions.sort((a, b) => b.updatedAtMs - a.updatedAtMs);
  }

  #pathOf(id: string): string {
    return join(this.#folder, `${id}${SUFFIX}`);
  }
}

/** A run may replace or remove the file of its session while it is read. */
async function readWhileReplaced(path: string): Promise<Buffer | undefined> {
  for (let readNumber = 1; ; readNumber += 1) {
    try {
      return await readOwnFile(path, MAX_SESSION_BYTES);
    } catch (error) {
      const mayBeReplaced = isChatferryError(error, 'FILE_SYSTEM') || isSystemError(error, 'ENOENT');
      if (readNumber === MAX_READS || !mayBeReplaced) throw error;
    }
  }
}
