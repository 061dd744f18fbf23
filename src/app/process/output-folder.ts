import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';

import { DirectorySync } from '../../disk/directory-sync.js';
import { limitMode, makeFolderDurably, replaceFile, syncFile } from '../../disk/durable-file.js';
import { entryAt, foreignEntryError } from '../../disk/entry.js';
import { fileError, isSystemError, withFileErrors } from '../../disk/file-error.js';
import { linkWhereFree } from '../../disk/name-file.js';
import { removeOwnFile } from '../../disk/own-file.js';
import { OwnTree, resolveRoot } from '../../disk/own-tree.js';
import { ProcessLock } from '../../disk/lock/process-lock.js';
import { emptyOwnFolder, makeOwnFolder, removeEmptyFolder } from '../../disk/tree-folder.js';
import { ChatferryError, isChatferryError } from '../../errors/chatferry-error.js';
import { jobNameOf } from '../../media/derivative-name.js';
import type { Derivative } from '../../chat/description/derivative.js';
import { hashFile } from '../../media/hash-file.js';
import type { DescribedMedia } from '../../media/media-job.js';
import { type FileIdentity, identityOf } from './file-identity.js';
import { describedBefore } from './made-data.js';
import { MADE_DATABASE, MadeTable, type PlannedReplacement } from './made-table.js';
import { markedStem, mirroredStem, stemKey } from './output-name.js';
import type { NamedFile } from './processed-media.js';
import { outputPathOf } from './trusted-plan.js';

export interface OutputFolderOptions {
  /** Absolute. Created if necessary. */
  readonly path: string;
  /** Whether originals are replaced. If so, plans are durable before they are carried out. */
  readonly replaces: boolean;
}

/** The folder of our database and of unfinished files. The dot hides it. */
const OWN_FOLDER = dirname(MADE_DATABASE);
const PARTIAL = 'partial';
/** Only its owner may read the database, whatever the permissions of the output folder. */
const OWN_FOLDER_MODE = 0o700;
/** The files of an SQLite database (https://sqlite.org/tempfiles.html). */
const DATABASE_ENDINGS = ['', '-wal', '-shm', '-journal'];
/** Derivatives are never executable. */
const FILE_MODE = 0o666;

/** The recipe of a file's derivatives, and the state of the file. */
interface MadeBy {
  readonly recipe: string;
  /** The state of the file before it was read. */
  readonly identity: FileIdentity;
}

/**
 * The output folder of derivatives. Only one run at a time may use it. Derivatives are written to temporary files and
 * get their names when they are complete and synced. Their names mirror the folders of their sources, and never replace
 * a file that was not made here. A database records what was made, so that a later run does not make it again or use it
 * as a source.
 */
export class OutputFolder implements AsyncDisposable {
  readonly path: string;
  readonly table: MadeTable;
  readonly #lock: ProcessLock;
  /** The real path. The folder itself may be a link; entries in it must not be. */
  readonly #root: string;
  readonly #tree: OwnTree;
  readonly #partialFolder: string;
  readonly #sync = new DirectorySync();
  /** Per folder: keys of stems that foreign files use. */
  readonly #foreignStems = new Map<string, ReadonlySet<string>>();
  #jobCount = 0;

  private constructor({ path, root }: { path: string; root: string }, lock: ProcessLock, table: MadeTable) {
    this.path = path;
    this.table = table;
    this.#lock = lock;
    this.#root = root;
    this.#tree = new OwnTree(root);
    this.#partialFolder = join(root, OWN_FOLDER, PARTIAL);
  }

  /**
   * Locks the folder, and removes the unfinished files of a killed run.
   *
   * @throws {ChatferryError} `LOCKED` when another run uses it, naming that run; `FILE_SYSTEM`, also for a link or
   *   device in the place of a file or folder of ours.
   */
  static async open({ path, replaces }: OutputFolderOptions): Promise<OutputFolder> {
    await makeFolderDurably(path);
    const root = await resolveRoot(path);
    await makeOwnFolder(root, join(root, OWN_FOLDER), { mode: OWN_FOLDER_MODE });
    const lock = ProcessLock.take(join(root, OWN_FOLDER, 'lock'), `The output folder ${path}`);
    try {
      const database = join(root, MADE_DATABASE);
      for (const ending of DATABASE_ENDINGS) await requireOwnDatabase(`${database}${ending}`);
      const folder = new OutputFolder({ path, root }, lock, openTable(database, replaces));
      await folder.#clear();
      return folder;
    } catch (error) {
      lock[Symbol.dispose]();
      throw error;
    }
  }

  /** The name of a source in the database: relative to this folder, so that both can be moved together. */
  sourceOf(path: string): string {
    return relative(this.path, path).split(sep).join('/');
  }

  /**
   * The stem of a file's derivatives, the same in every run. Call it for one file at a time, in the order of the files.
   *
   * @returns Relative to the folder, with `/`.
   * @throws {ChatferryError} `FILE_SYSTEM`
   */
  async stemFor({ path, name }: NamedFile): Promise<string> {
    const source = this.sourceOf(path);
    const known = this.table.stemOf(source);
    if (known !== undefined) return outputPathOf(known, join(this.path, MADE_DATABASE));
    let stem = mirroredStem(name);
    for (let trial = 0; await this.#isTaken(stem); trial += 1) {
      stem = markedStem(mirroredStem(name), trial === 0 ? source : `${source} ${trial}`);
    }
    this.table.giveStem(source, stemKey(stem), stem);
    return stem;
  }

  /** Creates an empty folder for the output of one job. @throws {ChatferryError} `FILE_SYSTEM` */
  async stage(): Promise<string> {
    const folder = join(this.#partialFolder, String((this.#jobCount += 1)));
    await makeOwnFolder(this.#root, folder);
    return folder;
  }

  /** Removes a folder of {@link OutputFolder.stage}. */
  async unstage(folder: string): Promise<void> {
    await emptyOwnFolder(folder, isDerivative);
    await removeEmptyFolder(folder);
  }

  /**
   * Moves derivatives to their final names, durable on return. Their permissions never exceed those of their source.
   *
   * @param made - In a folder of {@link OutputFolder.stage}.
   * @param source - As {@link OutputFolder.sourceOf} says.
   * @returns The same with their final paths.
   * @throws {ChatferryError} `FILE_SYSTEM`, also if a foreign file has the name.
   */
  async publish(made: readonly Derivative[], stem: string, source: string): Promise<readonly Derivative[]> {
    if (made.length === 0) return [];
    const folder = join(this.path, dirname(stem));
    const names = made.map(({ path }) => this.#relative(join(folder, basename(path))));
    const own = new Set(names.filter((name) => this.table.isOutput(name)));
    this.table.claim(names, source);
    const place = join(this.#root, dirname(stem));
    await makeOwnFolder(this.#root, place);
    const original = join(this.path, source);
    const { mode } = await withFileErrors('read', original, () => stat(original));
    const placed: Derivative[] = [];
    for (const derivative of made) {
      const { path } = derivative;
      const fileName = basename(path);
      await withFileErrors('write', path, () => limitMode(path, mode & FILE_MODE));
      await syncFile(path);
      if (own.has(this.#relative(join(folder, fileName)))) await replaceFile(path, join(place, fileName));
      else await this.#placeBesideOthers(path, join(place, fileName));
      placed.push({ ...derivative, path: join(folder, fileName) });
    }
    await this.#sync.sync(place);
    return placed;
  }

  /** Removes a file that was made here. @throws {ChatferryError} `FILE_SYSTEM` */
  async remove(path: string): Promise<void> {
    const name = outputPathOf(this.#relative(path), join(this.path, MADE_DATABASE));
    const place = join(this.#root, name);
    await withFileErrors('remove', path, async () => {
      if (await this.#tree.reaches(place)) await removeOwnFile(place);
    });
    this.table.disclaim(name);
  }

  /**
   * The result of an earlier run, if this run would make the same.
   *
   * @param recipe - The recipe of this run.
   * @throws Node's error when the file cannot be read; the signal's reason when it aborts.
   */
  async known(path: string, recipe: string, signal: AbortSignal): Promise<DescribedMedia | undefined> {
    const row = this.table.made(this.sourceOf(path));
    if (row === undefined || row.recipe !== recipe) return undefined;
    const described = describedBefore(row.data, row.sha256);
    if (described === undefined) return undefined;
    const identity = await identityOf(path);
    if (identity === undefined) return undefined;
    if (identity.mark !== row.mark) {
      if ((await hashFile(path, signal)).sha256 !== row.sha256) return undefined;
      this.table.remember(this.sourceOf(path), { ...row, mark: markOf(identity) });
    }
    for (const made of described.derivatives) {
      const name = outputPathOf(made.path, join(this.path, MADE_DATABASE));
      const place = join(this.#root, name);
      // A foreign file is neither returned as a result nor moved.
      if (!this.table.isOutput(name) || !(await this.#tree.reaches(place))) return undefined;
      if ((await sizeOf(place)) !== made.sizeBytes) return undefined;
    }
    const derivatives = described.derivatives.map((made) => ({ ...made, path: join(this.path, made.path) }));
    return { ...described, derivatives };
  }

  /** Records the derivatives of a file. A file with problems is tried again. */
  remember(path: string, described: DescribedMedia, { recipe, identity }: MadeBy): void {
    const source = this.sourceOf(path);
    const row = { sha256: described.sha256, mark: markOf(identity), recipe, data: this.dataOf(described) };
    if (described.problems.length > 0) this.table.forget(source);
    else this.table.remember(source, row);
  }

  /** The description of a file for the database, with the paths of derivatives relative to the folder. */
  dataOf(described: DescribedMedia): string {
    const derivatives = described.derivatives.map((made) => ({ ...made, path: this.#relative(made.path) }));
    return JSON.stringify({ ...described, derivatives });
  }

  /** Records that the copy of a plan has durably replaced its original. @throws {ChatferryError} `FILE_SYSTEM` */
  async finishReplacement(plan: PlannedReplacement): Promise<void> {
    const { original, target, sha256, data, recipe } = plan;
    const identity = await identityOf(target);
    const row = { sha256, mark: identity === undefined ? '' : markOf(identity), recipe, data };
    this.table.replace(this.sourceOf(original), this.sourceOf(target), row);
    await this.remove(plan.copy);
    this.table.dropPlan(original);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#clear().catch(() => undefined); // The next run reports the error.
    this.table[Symbol.dispose]();
    this.#lock[Symbol.dispose]();
  }

  async #clear(): Promise<void> {
    const folder = this.#partialFolder;
    const stages = (await emptyOwnFolder(folder, () => false)).filter((name) => /^\d+$/.test(name));
    for (const name of stages) await this.unstage(join(folder, name));
    await removeEmptyFolder(folder);
  }

  async #isTaken(stem: string): Promise<boolean> {
    const key = stemKey(stem);
    if (this.table.isTaken(key)) return true;
    const folder = dirname(stem);
    let foreign = this.#foreignStems.get(folder);
    if (foreign === undefined) {
      foreign = await this.#stemsOfOthers(folder);
      this.#foreignStems.set(folder, foreign);
    }
    return foreign.has(key);
  }

  async #stemsOfOthers(folder: string): Promise<ReadonlySet<string>> {
    const path = join(this.path, folder);
    const names = await readdir(path).catch((error: unknown) => {
      if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return [];
      throw fileError(error, 'read the folder', path);
    });
    const stems = names.flatMap((name) => {
      const job = jobNameOf(name);
      const isOthers = job !== undefined && !this.table.isOutput(this.#relative(join(path, name)));
      return isOthers ? [stemKey(folder === '.' ? job : `${folder}/${job}`)] : [];
    });
    return new Set(stems);
  }

  /** Not a rename, which would replace a file that was created meanwhile. */
  async #placeBesideOthers(from: string, to: string): Promise<void> {
    if (await withFileErrors('put in place', to, () => linkWhereFree(from, to))) return;
    if ((await entryAt(to)) !== undefined) {
      throw new ChatferryError('FILE_SYSTEM', `${to} exists and was not made here. Move it away.`);
    }
    await replaceFile(from, to);
  }

  #relative(path: string): string {
    const name = isAbsolute(path) ? relative(this.path, resolve(path)) : path;
    return name.split(sep).join('/');
  }
}

function isDerivative(name: string): boolean {
  return jobNameOf(name) !== undefined;
}

async function requireOwnDatabase(path: string): Promise<void> {
  const found = await withFileErrors('look at', path, () => entryAt(path));
  if (found !== undefined && (found.kind !== 'file' || found.linkCount > 1))
    throw foreignEntryError(path, found, 'a file of its own');
}

function openTable(path: string, syncs: boolean): MadeTable {
  try {
    return MadeTable.open(path, { syncs });
  } catch (error) {
    if (!isChatferryError(error, 'ARCHIVE_DAMAGED')) throw error;
    const message = `${path} is damaged or no database of chatferry, and was not changed. It should record what was made in this folder. Move it away, or choose another folder.`;
    throw new ChatferryError('FILE_SYSTEM', message, { cause: error });
  }
}

/** The times of a recently written file are inconclusive, so its bytes are read again. */
function markOf({ mark, isFresh }: FileIdentity): string {
  return isFresh ? '' : mark;
}

/** Undefined if there is no file. */
async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const found = await entryAt(path);
    return found?.kind === 'file' ? found.sizeBytes : undefined;
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}
