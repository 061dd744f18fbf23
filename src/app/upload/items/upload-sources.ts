import { basename, dirname, join } from 'node:path';

import { Archive } from '../../../archive/archive.js';
import { DATABASE_FILE } from '../../../archive/archive-database.js';
import { realPathOf } from '../../../config/trust/inside-folder.js';
import { resolveRoot } from '../../../disk/own-tree.js';
import { errorMessage, isChatferryError } from '../../../errors/chatferry-error.js';
import { remoteName } from '../../../upload/remote-name.js';
import type { UploadItem } from '../../../upload/uploaded-file.js';
import { ArchiveMoment } from './archive-moment.js';
import { chatItems } from './chat-items.js';
import { folderItems } from './folder-items.js';
import type { ItemsOpening } from './items-opening.js';
import type { LeftOut } from './left-out.js';
import type { NamedUpload } from './named-upload.js';
import { UniqueNames } from './unique-names.js';

/** A named source and its files. */
export interface UploadSource {
  /** For display. */
  readonly title: string;
  readonly items: (leftOut: LeftOut, signal: AbortSignal) => AsyncGenerator<UploadItem, void, void>;
}

export interface UploadSourcesOptions extends ItemsOpening {
  readonly onNote: (text: string) => void;
}

/** All named sources, with names at the target that do not collide. Disposing of it removes copies of databases. */
export class UploadSources implements AsyncDisposable {
  readonly #all: UploadSource[] = [];
  readonly #options: UploadSourcesOptions;
  readonly #names = new UniqueNames();
  readonly #moments = new Map<string, ArchiveMoment>();

  private constructor(options: UploadSourcesOptions) {
    this.#options = options;
  }

  /** Copies the databases of archives among them, unless they are only listed. @throws {ChatferryError} what opening an archive throws. */
  static async open(uploads: readonly NamedUpload[], options: UploadSourcesOptions): Promise<UploadSources> {
    const sources = new UploadSources(options);
    try {
      await sources.#add(uploads);
      return sources;
    } catch (error) {
      await sources[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** In the order given. */
  get all(): readonly UploadSource[] {
    return this.#all;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const moment of this.#moments.values()) await moment[Symbol.asyncDispose]();
    this.#moments.clear();
  }

  async #add(uploads: readonly NamedUpload[]): Promise<void> {
    const archives = uploads.flatMap((upload) => (upload.kind === 'archive' ? [upload.path] : []));
    const whole = new Set(await Promise.all(archives.map(resolveRoot)));
    // The names of the first archive are fixed, so they are reserved before other names are assigned.
    const [first] = archives;
    if (first !== undefined) await this.#reserve(first);
    for (const upload of uploads) {
      // A chat of an archive that is sent completely is part of it.
      if (upload.kind === 'chat' && whole.has(upload.directory)) continue;
      this.#all.push(await this.#sourceOf(upload, upload.kind !== 'chat' && upload.path === first));
    }
  }

  async #reserve(archive: string): Promise<void> {
    const { rows } = await this.#momentOf(archive);
    for (const { folder } of rows.chats()) this.#names.take(folder);
    this.#names.take(DATABASE_FILE);
  }

  async #sourceOf(upload: NamedUpload, isFirstArchive: boolean): Promise<UploadSource> {
    if (upload.kind === 'chat') return this.#chatSource(upload);
    const { path } = upload;
    if (upload.kind === 'archive') {
      const moment = await this.#momentOf(path);
      const prefix = isFirstArchive ? '' : `${this.#take(path)}/`;
      return { title: path, items: (leftOut, signal) => moment.items(prefix, leftOut, signal) };
    }
    const name = this.#take(path);
    if (upload.kind === 'folder') return this.#folderSource(path, name);
    const moment = upload.kind === 'database' ? await this.#archiveIn(dirname(path)) : undefined;
    const item = moment === undefined ? { path, name } : { ...moment.databaseItem(''), name };
    return { title: path, items: () => each([item]) };
  }

  #chatSource({ directory, chat }: NamedUpload & { readonly kind: 'chat' }): UploadSource {
    const name = this.#names.take(chat.folder);
    return {
      title: join(directory, chat.folder),
      items: async function* (leftOut, signal) {
        using archive = await Archive.open(directory, { readOnly: true });
        yield* chatItems({ archive, directory, chat, name, leftOut }, signal);
      },
    };
  }

  #folderSource(path: string, name: string): UploadSource {
    const root = realPathOf(path);
    const leftOut = new Set((this.#options.leftOut ?? []).map(realPathOf));
    const { sessionFolder, onNote, onLeftOut = () => undefined } = this.#options;
    // The session folder changes during the upload, and contains local paths.
    const sessions = sessionFolder === undefined ? undefined : realPathOf(sessionFolder);
    const skips = (_entry: string, relativePath: string): boolean => {
      const place = join(root, relativePath);
      if (place !== sessions) return leftOut.has(place);
      onNote(`Left out ${place}: upload sessions are kept there (UPLOAD_SESSION_DIR).`);
      onLeftOut({ path: place, linkCount: 0, otherCount: 0, isSessionFolder: true });
      return true;
    };
    const openArchive = (folder: string): Promise<ArchiveMoment | undefined> => this.#archiveIn(folder);
    return {
      title: path,
      items: (counts, signal) => folderItems({ path, name, leftOut: counts, skips, openArchive }, signal),
    };
  }

  /** Undefined if the file with the name of an archive database is not one. It is then sent like any other file. */
  async #archiveIn(folder: string): Promise<ArchiveMoment | undefined> {
    try {
      return await this.#momentOf(folder);
    } catch (error) {
      if (!isChatferryError(error, 'ARCHIVE_DAMAGED', 'USAGE')) throw error;
      this.#options.onNote(`${folder} is sent as it is, and not as an archive: ${errorMessage(error)}`);
      return undefined;
    }
  }

  #take(path: string): string {
    return this.#names.take(remoteName(basename(path) || 'files'));
  }

  async #momentOf(directory: string): Promise<ArchiveMoment> {
    const known = this.#moments.get(directory);
    if (known !== undefined) return known;
    const { makeSpool, isOnlyListed = false } = this.#options;
    const moment = isOnlyListed
      ? await ArchiveMoment.inPlace(directory)
      : await ArchiveMoment.of(directory, await makeSpool?.());
    this.#moments.set(directory, moment);
    return moment;
  }
}

// eslint-disable-next-line @typescript-eslint/require-await -- Entries that are added meanwhile are included.
async function* each<T>(items: readonly T[]): AsyncGenerator<T, void, void> {
  yield* items;
}
