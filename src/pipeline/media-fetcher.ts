import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { Archive } from '../archive/archive.js';
import type { MediaTarget } from '../archive/file-name.js';
import type { MediaFiles } from '../archive/media-files.js';
import type { MediaRecord, MessageRecord, StoredFile } from '../archive/records.js';
import type { Media } from '../chat/media.js';
import type { Message } from '../chat/message.js';
import { ChatferryError, errorMessage } from '../errors/chatferry-error.js';
import { costsOneMedium } from '../errors/error-meaning.js';
import type { DuplicateStep, MediaEnd } from '../metrics/concurrency-metrics.js';
import type { DownloadedFile, MessageSource } from '../source/message-source.js';
import { exclusionOf, type MediaSelection } from './media-selection.js';
import type { JobContext } from './parallel-media-processor.js';
import { TwinSearch } from './twin-search.js';

/**
 * Says what the name of a file should end with by its bytes, without a dot; undefined where it is right.
 *
 * @param name - A name or path that the file has or is to have.
 * @param path - Where its bytes are, absolute.
 */
export type IdentifyExtension = (name: string, path: string) => Promise<string | undefined>;

export interface MediaFetcherOptions {
  readonly source: MessageSource;
  readonly archive: Archive;
  readonly files: MediaFiles;
  /** Of the chat, relative to the archive. */
  readonly folder: string;
  /** The same, absolute. */
  readonly chatFolder: string;
  readonly selection: MediaSelection;
  /** Whether bytes that the archive has are taken from there. Otherwise every medium is fetched for itself. */
  readonly deduplicates: boolean;
  /** How long to wait for hashes of a file that may be there under another id. */
  readonly hashTimeoutMs: number;
  /** @defaultValue names are as the source has them */
  readonly rightExtension?: IdentifyExtension;
  /** Called with bytes as they arrive. */
  readonly onBytes: (count: number) => void;
}

/** Files that were placed and whose rows may not be written yet: a window's worth and more. */
const REMEMBERED_PLACEMENTS = 4096;

type PlacedFile = StoredFile & { readonly absolutePath: string };

/** A file that has its name, and how it came that its bytes were there before. */
interface Placement {
  readonly file: PlacedFile;
  readonly duplicate?: DuplicateStep;
}

/**
 * The media job of an export: brings every medium of a message to its place on disk and says what became of it.
 *
 * Bytes that the archive already has are linked, not fetched. A medium that cannot be had is a record with its reason.
 */
export class MediaFetcher {
  readonly #options: MediaFetcherOptions;
  /** Downloads under way by remote id, so that two messages with one file fetch it once. */
  readonly #underWay = new Map<string, Promise<unknown>>();
  /** Files on their way to their names by hash, so that equal bytes under different ids are stored once. */
  readonly #placing = new Map<string, Promise<unknown>>();
  readonly #placedById = new Map<string, PlacedFile>();
  readonly #placedByHash = new Map<string, PlacedFile>();

  readonly #twins: TwinSearch | undefined;

  constructor(options: MediaFetcherOptions) {
    this.#options = options;
    const { source, archive, deduplicates, hashTimeoutMs } = options;
    if (deduplicates) this.#twins = new TwinSearch({ source, archive, timeoutMs: hashTimeoutMs });
  }

  /**
   * @param before - What the archive has of the message: a medium of it that is left out now is no reason to drop its
   *   file.
   * @throws {ChatferryError} when the run cannot go on (login, connection, disk); the signal's reason when it aborts.
   */
  async fetch(message: Message, context: JobContext, before?: MessageRecord): Promise<MessageRecord> {
    const media: MediaRecord[] = [];
    for (const [index, medium] of message.media.entries()) {
      const kept = this.#keep(medium, before);
      if (kept !== undefined) {
        media.push(kept);
        continue;
      }
      const record = await this.#fetchOne({ message, media: medium, index }, context);
      context.media(medium.kind, endOf(record), record.state === 'stored' ? record.file.sizeBytes : 0);
      media.push(record);
    }
    return { message, media };
  }

  #keep(media: Media, before: MessageRecord | undefined): MediaRecord | undefined {
    if (exclusionOf(media, this.#options.selection) === undefined) return undefined;
    const record = before?.media.find(
      ({ media: { remoteId, role } }) => remoteId === media.remoteId && role === media.role,
    );
    return record?.state === 'stored' ? { ...record, media } : undefined;
  }

  async #fetchOne(target: MediaTarget, context: JobContext): Promise<MediaRecord> {
    const { media } = target;
    const { signal } = context;
    const exclusion = exclusionOf(media, this.#options.selection);
    if (exclusion !== undefined) return { state: 'skipped', media, reason: exclusion };
    if (media.unavailableReason !== undefined) {
      return { state: 'failed', media, code: 'MEDIA_UNAVAILABLE', reason: media.unavailableReason };
    }
    try {
      return { state: 'stored', media, file: await this.#store(target, context) };
    } catch (error) {
      signal.throwIfAborted();
      if (!costsOneMedium(error)) throw error;
      return { state: 'failed', media, code: error.code, reason: errorMessage(error) };
    }
  }

  async #store(target: MediaTarget, context: JobContext): Promise<StoredFile> {
    const { media } = target;
    if (media.inlineContent !== undefined) return this.#options.files.write(media.inlineContent, target);

    const { remoteId } = media;
    const { signal } = context;
    const { file, duplicate } =
      remoteId === undefined
        ? await this.#download(target, signal)
        : await oneByOne(this.#underWay, remoteId, () => this.#storeKnown(remoteId, target, signal));
    if (duplicate !== undefined) context.duplicate(duplicate, file.sizeBytes);
    return file;
  }

  async #storeKnown(remoteId: string, target: MediaTarget, signal: AbortSignal): Promise<Placement> {
    signal.throwIfAborted();
    const known = this.#placedById.get(remoteId) ?? this.#options.archive.findFile(remoteId);
    const linked = known === undefined ? undefined : await this.#link(known, target, { signal });
    if (linked !== undefined) this.#twins?.placed(linked);
    const placement: Placement =
      linked === undefined
        ? await this.#fetchUnlessTwin(target, signal)
        : // What a killed run has brought home itself is no duplicate.
          { file: linked, ...(linked.absolutePath === known?.absolutePath ? {} : { duplicate: 'remote-id' }) };
    this.#remember(this.#placedById, remoteId, placement.file);
    this.#remember(this.#placedByHash, keyOf(placement.file), placement.file);
    return placement;
  }

  /** Asks whether the bytes are stored under another id before it fetches them. */
  async #fetchUnlessTwin(target: MediaTarget, signal: AbortSignal): Promise<Placement> {
    const { archive, folder } = this.#options;
    const { message, media } = target;
    const candidate = this.#twins?.enter(message, media, signal);
    const place = (twin: PlacedFile, path: string): void => {
      // As before a download gets its name: the hashes need not be asked for again after a kill. A file that is known by
      // this id already needs no other note, and the one that says where it is must not be written over.
      if (media.remoteId !== undefined) archive.parts.place(folder, media.remoteId, { ...twin, path });
    };
    try {
      const twin = await candidate?.find();
      const linked =
        twin &&
        (await this.#link(twin, target, {
          signal,
          beforeItIsNamed: (path) => {
            place(twin, path);
          },
        }));
      const placement: Placement =
        linked === undefined ? await this.#download(target, signal) : { file: linked, duplicate: 'file-hashes' };
      this.#twins?.placed(placement.file); // Before it leaves: those that wait for it look for it then.
      return placement;
    } finally {
      await candidate?.leave();
    }
  }

  async #download(target: MediaTarget, signal: AbortSignal): Promise<Placement> {
    const { source, archive, files, folder, onBytes } = this.#options;
    const { message, media } = target;
    const temporaryPath = files.temporaryPath(message, target.index);
    const journal = media.remoteId === undefined ? undefined : archive.parts.of(folder, media.remoteId);
    const downloaded = await source.download(message, media, {
      path: temporaryPath,
      priority: message.id,
      ...(journal === undefined ? {} : { journal }),
      onBytes,
      signal,
    });
    try {
      checkSize(media, downloaded.sizeBytes);
      const named = await this.#named(target, temporaryPath);
      // Before the file gets its name: a run that is killed in between finds it by either. The row takes this back.
      journal?.place({ ...downloaded, path: files.finalPath(named) });
      return await oneByOne(this.#placing, keyOf(downloaded), () =>
        this.#place(temporaryPath, named, { downloaded, signal }),
      );
    } catch (error) {
      journal?.clear();
      await rm(temporaryPath, { force: true });
      throw error;
    }
  }

  async #place(
    temporaryPath: string,
    target: MediaTarget,
    { downloaded, signal }: { downloaded: DownloadedFile; signal: AbortSignal },
  ): Promise<Placement> {
    const { archive, files, chatFolder, deduplicates } = this.#options;
    const { sizeBytes, sha256 } = downloaded;
    const key = keyOf(downloaded);
    const twin = deduplicates ? (this.#placedByHash.get(key) ?? archive.findFileByHash(sha256, sizeBytes)) : undefined;
    const linked = twin === undefined ? undefined : await this.#link(twin, target, { signal });
    if (linked !== undefined) {
      await rm(temporaryPath, { force: true });
      return { file: linked, duplicate: 'content' };
    }
    const path = await files.place(temporaryPath, target);
    const file = { path, sizeBytes, sha256, absolutePath: join(chatFolder, path) };
    this.#remember(this.#placedByHash, key, file);
    return { file };
  }

  /**
   * Undefined when the file that the archive names is not there any more, was changed since, or is not what is announced
   * now: then it has to be fetched again.
   *
   * @param beforeItIsNamed - Told the path that is about to be made.
   */
  async #link(
    known: PlacedFile,
    target: MediaTarget,
    { signal, beforeItIsNamed }: { signal: AbortSignal; beforeItIsNamed?: (path: string) => void },
  ): Promise<PlacedFile | undefined> {
    const { files, chatFolder, deduplicates } = this.#options;
    const sentBytes = known.original?.sizeBytes ?? known.sizeBytes;
    if (sentBytes !== (target.media.sizeBytes ?? sentBytes)) return undefined;
    const named = await this.#named(target, known.absolutePath);
    const isOwn = known.absolutePath === join(chatFolder, files.finalPath(named));
    if (!deduplicates && !isOwn) return undefined;
    if (!isOwn) beforeItIsNamed?.(files.finalPath(named));
    const path = await files.link(known, named, signal);
    if (path === undefined) return undefined;
    return { ...known, path, absolutePath: join(chatFolder, path) };
  }

  /** A file that is called something else than it is gets the right ending; its original name stays in the record. */
  async #named(target: MediaTarget, path: string): Promise<MediaTarget> {
    const { files, rightExtension } = this.#options;
    try {
      const extension = await rightExtension?.(files.finalPath(target), path);
      return extension === undefined ? target : { ...target, extension };
    } catch {
      return target; // What cannot be read is judged by whoever needs its bytes.
    }
  }

  #remember(placements: Map<string, PlacedFile>, key: string, file: PlacedFile): void {
    placements.set(key, file);
    if (placements.size <= REMEMBERED_PLACEMENTS) return;
    const oldest = placements.keys().next();
    if (oldest.done !== true) placements.delete(oldest.value);
  }
}

/**
 * Runs `work` after all earlier work for the same key. What failed before settles nothing: the next then tries for
 * itself.
 */
async function oneByOne<T>(running: Map<string, Promise<unknown>>, key: string, work: () => Promise<T>): Promise<T> {
  for (let other = running.get(key); other !== undefined; other = running.get(key)) await other.catch(() => undefined);
  const own = work();
  running.set(key, own);
  try {
    return await own;
  } finally {
    running.delete(key);
  }
}

/** Tells contents apart. */
function keyOf({ sha256, sizeBytes }: DownloadedFile): string {
  return `${sha256}:${sizeBytes}`;
}

/** The source promises this; a wrong size must never become a row, whatever source it is. */
function checkSize(media: Media, sizeBytes: number): void {
  if (media.sizeBytes === undefined || media.sizeBytes === sizeBytes) return;
  throw new ChatferryError('CONTENT_MISMATCH', `${sizeBytes} bytes came where ${media.sizeBytes} were announced.`, {
    retryable: true,
  });
}

function endOf({ state, media }: MediaRecord): MediaEnd {
  return state === 'failed' && media.unavailableReason !== undefined ? 'unavailable' : state;
}
