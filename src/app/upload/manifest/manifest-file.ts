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

/** A million files of 250 bytes each. */
const MOST_MANIFEST_BYTES = 256 * 1024 * 1024;
/** How long another run may take to write the same manifest. */
const LOCK_TRIES = 300;
const LOCK_PAUSE_MS = 100;

const LEFT_AS_IT_IS = 'It was left as it is: name another file.';

export interface ManifestFileOptions {
  /** Absolute. */
  readonly path: string;
  /** Where its lock is kept, so that nothing lies beside it: the folder of upload sessions. Beside it where that is full. */
  readonly lockFolder: string;
}

/** The file in which uploads write down what is where. Several runs may add to one: nobody's entries are lost. */
export class ManifestFile {
  readonly #path: string;
  readonly #lockFile: string;
  /** For when the other cannot be used: what was sent is written down wherever there is room for it. */
  readonly #lockFileBeside: string;

  /** As this run read or wrote it last. Another one is of another run. */
  #mark: string | undefined;

  constructor({ path, lockFolder }: ManifestFileOptions) {
    this.#path = path;
    const id = createHash('sha256').update(path).digest('hex').slice(0, 20);
    this.#lockFile = join(lockFolder, `.manifest-${id}.lock`);
    this.#lockFileBeside = join(dirname(path), `.${basename(path)}.lock`);
  }

  /** Checks that it can be written: an answer that comes after hours of work comes too late. @throws {ChatferryError} `USAGE` */
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
    if (found !== undefined && found.kind !== 'file') throw this.#refusal('is no file');
    if (found === undefined) await this.#requireNewFiles(folder);
    await readManifest(this.#path, LEFT_AS_IT_IS);
    this.#mark = await markOf(this.#path);
  }

  /** Some folders take none, whatever their permissions say, as /proc does. */
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

  /** Adds entries, durably on return. @throws {ChatferryError} `FILE_SYSTEM`, `USAGE`; the signal's reason. */
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

/** Tells one file from the next that takes its place: each is written aside. */
async function markOf(path: string): Promise<string> {
  const found = await entryAt(path);
  return found === undefined ? '' : `${found.device}:${found.inode}:${found.sizeBytes}`;
}

/**
 * Leaves out what another run has taken the place of in a folder, and has written down before this one. Only where both speak of
 * one name with other bytes is the file read.
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

/** The archive that a folder is or lies in. */
async function archiveAround(folder: string): Promise<string | undefined> {
  if (await hasDatabase(folder)) return folder;
  return dirname(folder) === folder ? undefined : archiveAround(dirname(folder));
}

/**
 * Reads a manifest, which may come from a stranger.
 *
 * @param remedy - What to do where it is none: a sentence.
 * @returns undefined where there is none.
 * @throws {ChatferryError} `USAGE` for a file that is none; `FILE_SYSTEM`.
 */
export async function readManifest(path: string, remedy: string): Promise<UploadManifest | undefined> {
  const bytes = await readUpTo(path, MOST_MANIFEST_BYTES);
  if (bytes === undefined) return undefined;
  const manifest = bytes === 'larger' ? undefined : parseManifest(bytes.toString('utf8'));
  if (manifest !== undefined) return manifest;
  throw new ChatferryError(
    'USAGE',
    `${path} is no manifest of uploads, one that was cut off, or one of another version. ${remedy}`,
  );
}

async function readUpTo(path: string, mostBytes: number): Promise<Buffer | 'larger' | undefined> {
  try {
    const file = await openForReading(path, { mayBeLink: true });
    try {
      const { size } = await file.stat();
      return size > mostBytes ? 'larger' : await withFileErrors('read', path, () => file.readFile());
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw fileError(error, 'read', path);
  }
}
