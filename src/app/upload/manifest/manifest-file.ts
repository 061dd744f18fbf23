import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { writeDurably } from '../../../disk/durable-file.js';
import { entryAt } from '../../../disk/entry.js';
import { fileError, isSystemError, withFileErrors } from '../../../disk/file-error.js';
import { ProcessLock } from '../../../disk/lock/process-lock.js';
import { createOwnFile, removeOwnFile } from '../../../disk/own-file.js';
import { resolveRoot } from '../../../disk/own-tree.js';
import { openForReading } from '../../../disk/read-file.js';
import { ChatferryError, isChatferryError } from '../../../errors/chatferry-error.js';
import { safeJson } from '../../../text/json.js';
import { sha256At } from '../../../upload/targets/directory-aside.js';
import { hasDatabase } from '../items/named-upload.js';
import { type ManifestEntry, mergedManifest, parseManifest, type UploadManifest } from './upload-manifest.js';

/** Enough for a million files with 250 bytes each. */
const MAX_MANIFEST_BYTES = 256 * 1024 * 1024;
/** Together with the pause: how long to wait for another run that writes the same manifest. */
const LOCK_TRIES = 300;
const LOCK_PAUSE_MS = 100;

const LEFT_AS_IT_IS = 'It was left as it is: name another file.';

export interface ManifestFileOptions {
  /** Absolute. */
  readonly path: string;
  /**
   * The folder of its lock file: that of upload sessions, so that no file is created beside the manifest. If that
   * folder is not usable, the lock is beside the manifest.
   */
  readonly lockFolder: string;
}

/**
 * The file in which uploads record which file is where. Several runs may add to one manifest without losing entries.
 */
export class ManifestFile {
  readonly #path: string;
  readonly #lockFile: string;
  /** Used if the other lock file cannot be created, so that the entries are written even then. */
  readonly #lockFileBeside: string;

  /** The mark of the file as this run last read or wrote it. A different mark means that another run has written it. */
  #mark: string | undefined;

  constructor({ path, lockFolder }: ManifestFileOptions) {
    this.#path = path;
    const id = createHash('sha256').update(path).digest('hex').slice(0, 20);
    this.#lockFile = join(lockFolder, `.manifest-${id}.lock`);
    this.#lockFileBeside = join(dirname(path), `.${basename(path)}.lock`);
  }

  /**
   * Checks that it can be written, so that an error does not come after hours of work.
   *
   * @throws {ChatferryError} `USAGE`
   */
  async requirePlace(): Promise<void> {
    const folder = dirname(this.#path);
    try {
      await access(folder, constants.W_OK);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      const why = error.code === 'ENOENT' ? `there is no folder ${folder}` : `this user may not write to ${folder}`;
      throw this.#refusal(`cannot be written: ${why}`);
    }
    const archive = await archiveAround(await resolveRoot(folder));
    if (archive !== undefined) throw this.#refusal(`would lie in the archive ${archive}, which uploads only read`);
    const found = await entryAt(this.#path);
    if (found !== undefined && found.kind !== 'file') throw this.#refusal('is not a file');
    if (found === undefined) await this.#requireNewFiles(folder);
    await readManifest(this.#path, LEFT_AS_IT_IS);
    this.#mark = await markOf(this.#path);
  }

  /** Some folders, such as /proc, accept no files whatever their permissions. */
  async #requireNewFiles(folder: string): Promise<void> {
    const probe = join(folder, `.${randomBytes(8).toString('hex')}.partial`);
    try {
      await (await createOwnFile(probe)).close();
    } catch (error) {
      const cause = isChatferryError(error) ? error.cause : error;
      if (!isSystemError(cause, 'ENOENT', 'EACCES', 'EPERM', 'EROFS', 'EINVAL', 'ENOTSUP', 'ENOSYS')) throw error;
      throw this.#refusal(`cannot be written: ${folder} takes no files (${cause.code ?? ''})`);
    }
    await removeOwnFile(probe);
  }

  /** Adds entries, durable on return. @throws {ChatferryError} `FILE_SYSTEM`, `USAGE`; the signal's reason. */
  async add(entries: readonly ManifestEntry[], signal: AbortSignal): Promise<void> {
    const lock = await this.#lock(signal);
    try {
      const isAnothers = this.#mark !== undefined && this.#mark !== (await markOf(this.#path));
      const earlier = await readManifest(this.#path, LEFT_AS_IT_IS);
      const own = isAnothers ? await stillThere(entries, earlier, signal) : entries;
      await writeDurably(this.#path, `${safeJson(mergedManifest(earlier, own), undefined, 1)}\n`);
      this.#mark = await markOf(this.#path);
    } finally {
      lock[Symbol.dispose]();
    }
  }

  async #lock(signal: AbortSignal): Promise<ProcessLock> {
    for (let triesLeft = LOCK_TRIES; ; triesLeft -= 1) {
      signal.throwIfAborted();
      try {
        return this.#takeLock();
      } catch (error) {
        if (triesLeft === 0 || !isChatferryError(error, 'LOCKED')) throw error;
        await sleep(LOCK_PAUSE_MS, undefined, { signal });
      }
    }
  }

  #takeLock(): ProcessLock {
    try {
      return ProcessLock.take(this.#lockFile, this.#path);
    } catch (error) {
      if (!isChatferryError(error) || error.code === 'LOCKED') throw error;
      return ProcessLock.take(this.#lockFileBeside, this.#path);
    }
  }

  #refusal(why: string): ChatferryError {
    return new ChatferryError(
      'USAGE',
      `The manifest ${this.#path} ${why}. Name another place for it: --manifest <file>.`,
    );
  }
}

/** A mark that changes whenever the file is replaced. */
async function markOf(path: string): Promise<string> {
  const found = await entryAt(path);
  return found === undefined ? '' : `${found.device}:${found.inode}:${found.sizeBytes}`;
}

/**
 * Leaves out entries whose file in a target folder another run has replaced and already recorded. The file is read only
 * if both runs name it with different bytes.
 */
async function stillThere(
  entries: readonly ManifestEntry[],
  earlier: UploadManifest | undefined,
  signal: AbortSignal,
): Promise<readonly ManifestEntry[]> {
  const others = new Map(earlier?.files.map((entry) => [`${entry.target}\0${entry.name}`, entry.sha256]));
  const own: ManifestEntry[] = [];
  for (const entry of entries) {
    const sha256 = others.get(`${entry.target}\0${entry.name}`);
    const isContested = sha256 !== undefined && sha256 !== entry.sha256 && entry.target.startsWith('dir:');
    if (!isContested || (await sha256At(entry.remoteId, signal)) !== sha256) own.push(entry);
  }
  return own;
}

/** The archive that contains a folder, or is that folder. */
async function archiveAround(folder: string): Promise<string | undefined> {
  if (await hasDatabase(folder)) return folder;
  return dirname(folder) === folder ? undefined : archiveAround(dirname(folder));
}

/**
 * Reads a manifest, which is untrusted.
 *
 * @param remedy - What to do if the file is not a manifest: a sentence.
 * @returns undefined if the file does not exist.
 * @throws {ChatferryError} `USAGE` for a file that is not a manifest; `FILE_SYSTEM`.
 */
export async function readManifest(path: string, remedy: string): Promise<UploadManifest | undefined> {
  const bytes = await readUpTo(path, MAX_MANIFEST_BYTES);
  if (bytes === undefined) return undefined;
  const manifest = bytes === 'larger' ? undefined : parseManifest(bytes.toString('utf8'));
  if (manifest !== undefined) return manifest;
  throw new ChatferryError(
    'USAGE',
    `${path} is not an upload manifest, is truncated, or has another version. ${remedy}`,
  );
}

async function readUpTo(path: string, maxBytes: number): Promise<Buffer | 'larger' | undefined> {
  try {
    const file = await openForReading(path, { mayBeLink: true });
    try {
      const { size } = await file.stat();
      return size > maxBytes ? 'larger' : await withFileErrors('read', path, () => file.readFile());
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw fileError(error, 'read', path);
  }
}
