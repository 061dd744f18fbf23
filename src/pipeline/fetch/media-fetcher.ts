import { join, relative } from 'node:path';

import type { Archive } from '../../archive/archive.js';
import type { MediaTarget } from '../../archive/files/file-name.js';
import type { MediaFiles } from '../../archive/files/media-files.js';
import type { MediaRecord, MessageRecord, StoredFile } from '../../chat/record.js';
import type { Media } from '../../chat/media.js';
import type { Message } from '../../chat/message.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import { costsOneMedium, spoilsPartialFile } from '../../errors/error-meaning.js';
import type { DuplicateStep } from '../../metrics/concurrency-metrics.js';
import type { ExportSource } from '../../source/live-source.js';
import type { DownloadedFile } from '../../source/message-source.js';
import { exclusionOf, type MediaSelection } from '../media-selection.js';
import type { JobContext } from '../processor/parallel-media-processor.js';
import { failedEnding, type MediaEnding, storedEnding, unavailableEnding } from './media-ending.js';
import { OneByOne } from './one-by-one.js';
import { contentKey, type PlacedFile, PlacedFiles } from './placed-files.js';
import { TwinSearch } from './twin-search.js';

/**
 * Says what the name of a file should end with by its bytes, without a dot; undefined where it is right.
 *
 * @param name - A name or path that the file has or is to have.
 * @param path - Where its bytes are, absolute.
 */
export type IdentifyExtension = (name: string, path: string) => Promise<string | undefined>;

export interface MediaFetcherOptions {
  readonly source: ExportSource;
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
  readonly #underWay = new OneByOne();
  /** Files on their way to their names by hash, so that equal bytes under different ids are stored once. */
  readonly #placing = new OneByOne();
  readonly #placed = new PlacedFiles();
  readonly #twins: TwinSearch | undefined;

  constructor(options: MediaFetcherOptions) {
    this.#options = options;
    const { source, archive, deduplicates, hashTimeoutMs } = options;
    if (deduplicates) this.#twins = new TwinSearch({ source, archive, timeoutMs: hashTimeoutMs });
  }

  /**
   * @param before - What the archive has of the message: a medium of it that is left out now is no reason to drop its
   *   file, and one that was refused before need not be asked for a third time.
   * @throws {ChatferryError} when the run cannot go on (login, connection, disk); the signal's reason when it aborts.
   */
  async fetch(message: Message, context: JobContext, before?: MessageRecord): Promise<MessageRecord> {
    const media: MediaRecord[] = [];
    for (const [index, medium] of message.media.entries()) {
      const known = before?.media.find(
        ({ media: { remoteId, role } }) => remoteId === medium.remoteId && role === medium.role,
      );
      if (known?.state === 'stored' && exclusionOf(medium, this.#options.selection) !== undefined) {
        media.push({ ...known, media: medium });
        continue;
      }
      const { record, end } = await this.#fetchOne({ message, media: medium, index }, context, known);
      context.media(medium.kind, end, record.state === 'stored' ? record.file.sizeBytes : 0);
      media.push(record);
    }
    return { message, media };
  }

  async #fetchOne(target: MediaTarget, context: JobContext, before: MediaRecord | undefined): Promise<MediaEnding> {
    const { media } = target;
    const { signal } = context;
    const { selection } = this.#options;
    const exclusion = exclusionOf(media, selection);
    if (exclusion !== undefined) return { record: { state: 'skipped', media, reason: exclusion }, end: 'skipped' };
    if (media.unavailableReason !== undefined) return unavailableEnding(media, media.unavailableReason);
    try {
      return storedEnding(media, await this.#store(target, context));
    } catch (error) {
      signal.throwIfAborted();
      if (!costsOneMedium(error)) throw error;
      if (error.code === 'TOO_LARGE') return tooLargeEnding(media, selection);
      return failedEnding(media, error, before);
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
        : await this.#underWay.run(remoteId, () => this.#storeKnown(remoteId, target, signal));
    if (duplicate !== undefined) context.duplicate(duplicate, file.sizeBytes);
    return file;
  }

  async #storeKnown(remoteId: string, target: MediaTarget, signal: AbortSignal): Promise<Placement> {
    signal.throwIfAborted();
    const known = this.#placed.withId(remoteId) ?? this.#options.archive.findFile(remoteId);
    const isSame = known !== undefined && isAsAnnounced(known, target.media);
    const linked = isSame ? await this.#link(known, target, { signal }) : undefined;
    if (linked !== undefined) this.#twins?.placed(linked);
    const placement: Placement =
      linked === undefined
        ? await this.#fetchUnlessTwin(target, signal)
        : // What a killed run has brought home itself is no duplicate.
          { file: linked, ...(linked.absolutePath === known?.absolutePath ? {} : { duplicate: 'remote-id' }) };
    this.#placed.add({ ...placement.file, announcedBytes: target.media.sizeBytes }, remoteId);
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
    const { source, archive, files, folder, onBytes, selection } = this.#options;
    const { maxSizeBytes } = selection;
    const { message, media } = target;
    const temporaryPath = files.temporaryPath(message, target.index);
    const journal = media.remoteId === undefined ? undefined : archive.parts.of(folder, media.remoteId);
    const downloaded =
      (await this.#leftWhole(media, temporaryPath, signal)) ??
      (await source.download(message, media, {
        path: temporaryPath,
        priority: message.id,
        ...(journal === undefined ? {} : { journal }),
        ...(maxSizeBytes === undefined ? {} : { maxSizeBytes }),
        onBytes,
        signal,
      }));
    try {
      checkSize(media, downloaded);
      const named = await this.#named(target, temporaryPath);
      // Before the file gets its name: a run that is killed in between finds it by either. The row takes this back.
      journal?.place({ ...downloaded, path: files.finalPath(named) });
      return await this.#placing.run(contentKey(downloaded), () =>
        this.#place(temporaryPath, named, { downloaded, signal }),
      );
    } catch (error) {
      // The bytes are here and right: whatever stopped them on the way to their name, the next run finds them.
      if (journal === undefined || spoilsPartialFile(error)) {
        journal?.clear();
        await files.removeTemporary(temporaryPath);
      }
      throw error;
    }
  }

  /** What an earlier run has fetched whole, and could not give its name any more. */
  async #leftWhole(
    { remoteId, sizeBytes }: Media,
    temporaryPath: string,
    signal: AbortSignal,
  ): Promise<DownloadedFile | undefined> {
    const { archive, files, folder, chatFolder } = this.#options;
    const noted = remoteId === undefined ? undefined : archive.parts.placementOf(folder, remoteId);
    if (noted === undefined || noted.sizeBytes !== (sizeBytes ?? noted.sizeBytes)) return undefined;
    const found = await files.digestOf(relative(chatFolder, temporaryPath), signal);
    return found?.sha256 === noted.sha256 && found.sizeBytes === noted.sizeBytes ? found : undefined;
  }

  async #place(
    temporaryPath: string,
    target: MediaTarget,
    { downloaded, signal }: { downloaded: DownloadedFile; signal: AbortSignal },
  ): Promise<Placement> {
    const { archive, files, chatFolder, deduplicates } = this.#options;
    const { sizeBytes, sha256 } = downloaded;
    const twin = deduplicates
      ? (this.#placed.withContent(downloaded) ?? archive.findFileByHash(sha256, sizeBytes))
      : undefined;
    const linked = twin === undefined ? undefined : await this.#link(twin, target, { signal });
    if (linked !== undefined) {
      await files.removeTemporary(temporaryPath);
      return { file: linked, duplicate: 'content' };
    }
    const path = await files.place(temporaryPath, target);
    const file = { path, sizeBytes, sha256, absolutePath: join(chatFolder, path) };
    this.#placed.add(file);
    return { file };
  }

  /**
   * Undefined when the file that the archive names is not there any more, or was changed since: then it has to be
   * fetched again.
   *
   * @param beforeItIsNamed - Told the path that is about to be made.
   */
  async #link(
    known: PlacedFile,
    target: MediaTarget,
    { signal, beforeItIsNamed }: { signal: AbortSignal; beforeItIsNamed?: (path: string) => void },
  ): Promise<PlacedFile | undefined> {
    const { files, chatFolder, deduplicates } = this.#options;
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
}

/**
 * A source that gives another size than it announced must say that the file is whole all the same: a wrong size must
 * never become a row, whatever source it is.
 */
function checkSize({ sizeBytes: announced }: Media, { sizeBytes, isWholeAtOtherSize }: DownloadedFile): void {
  if (announced === undefined || announced === sizeBytes || isWholeAtOtherSize === true) return;
  throw new ChatferryError('CONTENT_MISMATCH', `${sizeBytes} bytes came where ${announced} were announced.`, {
    retryable: true,
  });
}

/** What was announced then and now tells whether it is the same file; its own size need not be the announced one. */
function isAsAnnounced({ announcedBytes, original, sizeBytes }: PlacedFile, media: Media): boolean {
  const knownBytes = announcedBytes ?? original?.sizeBytes ?? sizeBytes;
  return knownBytes === (media.sizeBytes ?? knownBytes);
}

/** It was found out by reading, and is remembered: otherwise each run would read as far again. */
function tooLargeEnding(media: Media, { maxSizeBytes = 0 }: MediaSelection): MediaEnding {
  const record: MediaRecord = {
    state: 'skipped',
    media: { ...media, leastBytes: maxSizeBytes + 1 },
    reason: 'too-large',
  };
  return { record, end: 'skipped' };
}
