import { link, lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';

import { DirectorySync } from '../../disk/directory-sync.js';
import { makeFolderDurably, replaceFile, syncFile } from '../../disk/durable-file.js';
import { fileError, isSystemError, withFileErrors } from '../../disk/file-error.js';
import { makeFolder } from '../../disk/make-folder.js';
import { ProcessLock } from '../../disk/process-lock.js';
import { ChatferryError, isChatferryError } from '../../errors/chatferry-error.js';
import { type Derivative, jobNameOf } from '../../media/derivative.js';
import { hashFile } from '../../media/hash-file.js';
import type { DescribedMedia } from '../../media/media-job.js';
import { type FileIdentity, identityOf } from './file-identity.js';
import { MADE_DATABASE, MadeTable, type PlannedReplacement } from './made-table.js';
import { markedStem, mirroredStem, stemKey } from './output-name.js';
import type { NamedFile } from './processed-media.js';
import { outputPathOf } from './trusted-plan.js';

export interface OutputFolderOptions {
  /** Absolute. Made where it is not there. */
  readonly path: string;
  /** Whether originals are replaced: what is planned is then on the disk before it is done. */
  readonly replaces: boolean;
}

/** Beside what is made: what is known of it, and files on their way. A dot keeps it out of sight. */
const OWN_FOLDER = dirname(MADE_DATABASE);
const PARTIAL = 'partial';
/** What a file system without hard links, or with too many of one file, answers to link(2). */
const NO_LINK = ['EPERM', 'EACCES', 'EXDEV', 'EMLINK', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'UNKNOWN'];

/**
 * The folder that derivatives go to. One run at a time has it. Derivatives are made aside and get their names when they
 * are whole and synced; names mirror the folders of their sources and never take a file that was not made here. What was
 * made is remembered, so that a further run does not make it again, and nobody takes it for a source.
 */
export class OutputFolder implements AsyncDisposable {
  readonly path: string;
  readonly table: MadeTable;
  readonly #lock: ProcessLock;
  readonly #partialFolder: string;
  readonly #sync = new DirectorySync();
  /** For each folder: keys of stems that files of others have there. */
  readonly #foreignStems = new Map<string, ReadonlySet<string>>();
  #jobCount = 0;

  private constructor(path: string, lock: ProcessLock, table: MadeTable) {
    this.path = path;
    this.table = table;
    this.#lock = lock;
    this.#partialFolder = join(path, OWN_FOLDER, PARTIAL);
  }

  /**
   * Takes the folder, and removes what a run that was killed left half made.
   *
   * @throws {ChatferryError} `LOCKED` when another run has it, naming that; `FILE_SYSTEM`.
   */
  static async open({ path, replaces }: OutputFolderOptions): Promise<OutputFolder> {
    await withFileErrors('create the folder', path, () => makeFolder(join(path, OWN_FOLDER)));
    const lock = ProcessLock.take(join(path, OWN_FOLDER, 'lock'), `The output folder ${path}`);
    try {
      const folder = new OutputFolder(path, lock, openTable(join(path, MADE_DATABASE), replaces));
      await folder.#clear();
      return folder;
    } catch (error) {
      lock[Symbol.dispose]();
      throw error;
    }
  }

  /** What a file is called in what is remembered: relative to this folder, so that both can be moved together. */
  sourceOf(path: string): string {
    return relative(this.path, path).split(sep).join('/');
  }

  /**
   * The stem of what is made of a file: the same in every run. Ask for one at a time, in the order of the files.
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

  /** An empty folder for what one job makes. @throws {ChatferryError} `FILE_SYSTEM` */
  async stage(): Promise<string> {
    const folder = join(this.#partialFolder, String((this.#jobCount += 1)));
    await withFileErrors('create the folder', folder, () => mkdir(folder, { recursive: true }));
    return folder;
  }

  /** Removes what {@link OutputFolder.stage} made. */
  async unstage(folder: string): Promise<void> {
    await rm(folder, { recursive: true, force: true });
  }

  /**
   * Gives derivatives their places, durable on return.
   *
   * @param made - In a folder of {@link OutputFolder.stage}.
   * @returns The same with their paths now.
   * @throws {ChatferryError} `FILE_SYSTEM`, also where a file of somebody else has the name.
   */
  async publish(made: readonly Derivative[], stem: string, source: string): Promise<readonly Derivative[]> {
    if (made.length === 0) return [];
    const folder = join(this.path, dirname(stem));
    const names = made.map(({ path }) => this.#relative(join(folder, basename(path))));
    const own = new Set(names.filter((name) => this.table.isOutput(name)));
    this.table.claim(names, source);
    await makeFolderDurably(folder);
    const placed: Derivative[] = [];
    for (const derivative of made) {
      const target = join(folder, basename(derivative.path));
      const name = this.#relative(target);
      await syncFile(derivative.path);
      if (own.has(name)) await replaceFile(derivative.path, target);
      else await this.#placeBesideOthers(derivative.path, target);
      placed.push({ ...derivative, path: target });
    }
    await this.#sync.sync(folder);
    return placed;
  }

  /** Removes a file that was made here. @throws {ChatferryError} `FILE_SYSTEM` */
  async remove(path: string): Promise<void> {
    await withFileErrors('remove', path, () => rm(path, { force: true }));
    this.table.disclaim(this.#relative(path));
  }

  /**
   * What an earlier run made of a file, where it would be made the same now.
   *
   * @param recipe - What is to be made.
   * @throws Node's error when the file cannot be read; the signal's reason when it aborts.
   */
  async known(path: string, recipe: string, signal: AbortSignal): Promise<DescribedMedia | undefined> {
    const row = this.table.made(this.sourceOf(path));
    if (row === undefined || row.recipe !== recipe) return undefined;
    const identity = await identityOf(path);
    if (identity === undefined) return undefined;
    if (identity.mark !== row.mark) {
      if ((await hashFile(path, signal)).sha256 !== row.sha256) return undefined;
      this.table.remember(this.sourceOf(path), { ...row, mark: markOf(identity) });
    }
    const described = JSON.parse(row.data) as DescribedMedia;
    const derivatives = described.derivatives.map((made) => ({
      ...made,
      path: join(this.path, outputPathOf(made.path, join(this.path, MADE_DATABASE))),
    }));
    // What is not ours may be anybody's: it is neither given away as a result nor moved.
    if (derivatives.some(({ path: made }) => !this.table.isOutput(this.#relative(made)))) return undefined;
    for (const { path: output, sizeBytes } of derivatives) {
      if ((await sizeOf(output)) !== sizeBytes) return undefined;
    }
    return { ...described, derivatives };
  }

  /**
   * Remembers what was made of a file. What has problems is tried again.
   *
   * @param identity - Of the file before it was read.
   */
  remember(path: string, described: DescribedMedia, recipe: string, identity: FileIdentity): void {
    const source = this.sourceOf(path);
    const row = { sha256: described.sha256, mark: markOf(identity), recipe, data: this.dataOf(described) };
    if (described.problems.length > 0) this.table.forget(source);
    else this.table.remember(source, row);
  }

  /** What is remembered of a file, with the paths of derivatives relative to the folder. */
  dataOf(described: DescribedMedia): string {
    const derivatives = described.derivatives.map((made) => ({ ...made, path: this.#relative(made.path) }));
    return JSON.stringify({ ...described, derivatives });
  }

  /** The copy of a plan stands in the place of its original, durable. @throws {ChatferryError} `FILE_SYSTEM` */
  async finishReplacement(plan: PlannedReplacement): Promise<void> {
    const { original, target, sha256, data, recipe } = plan;
    const identity = await identityOf(target);
    const row = { sha256, mark: identity === undefined ? '' : markOf(identity), recipe, data };
    this.table.replace(this.sourceOf(original), this.sourceOf(target), row);
    await this.remove(plan.copy);
    this.table.dropPlan(original);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#partialFolder, { recursive: true, force: true });
    this.table[Symbol.dispose]();
    this.#lock[Symbol.dispose]();
  }

  async #clear(): Promise<void> {
    const folder = this.#partialFolder;
    await withFileErrors('clear the folder', folder, () => rm(folder, { recursive: true, force: true }));
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

  /** Not a rename: that would take the place of a file that came there meanwhile. */
  async #placeBesideOthers(from: string, to: string): Promise<void> {
    try {
      await link(from, to);
    } catch (error) {
      if (!isSystemError(error, ...NO_LINK)) throw fileError(error, 'put in place', to);
      if ((await sizeOf(to)) !== undefined) {
        throw new ChatferryError('FILE_SYSTEM', `${to} is there already, and was not made here. Move it away.`);
      }
      await replaceFile(from, to);
    }
  }

  #relative(path: string): string {
    const name = isAbsolute(path) ? relative(this.path, resolve(path)) : path;
    return name.split(sep).join('/');
  }
}

function openTable(path: string, syncs: boolean): MadeTable {
  try {
    return new MadeTable(path, { syncs });
  } catch (error) {
    if (!isChatferryError(error, 'ARCHIVE_DAMAGED')) throw error;
    const message = `${path} is damaged. It says what was made in this folder. Remove it, or choose another folder.`;
    throw new ChatferryError('FILE_SYSTEM', message, { cause: error });
  }
}

/** Of a file that was written just now, the times tell nothing: its bytes are looked at again. */
function markOf({ mark, isFresh }: FileIdentity): string {
  return isFresh ? '' : mark;
}

/** Undefined where there is no file. */
async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await lstat(path)).size;
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}
