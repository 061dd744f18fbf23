import type { MediaTarget } from '../../archive/files/file-name.js';
import type { MediaRecord, MessageRecord, StoredFile } from '../../chat/record.js';
import type { Media } from '../../chat/media.js';
import type { Message } from '../../chat/message.js';
import { failsOnlyTheFile, makesPartialFileUseless } from '../../errors/error-meaning.js';
import { exclusionOf, type MediaSelection } from '../media-selection.js';
import type { JobContext } from '../processor/parallel-media-processor.js';
import { checkSize, fetchFile } from './fetch-file.js';
import type { MediaFetcherOptions, Placement } from './fetch-options.js';
import { findById } from './find-by-id.js';
import { linkTwin } from './link-twin.js';
import { failedEnding, type MediaEnding, storedEnding, unavailableEnding } from './media-ending.js';
import { nameFile } from './name-file.js';
import { KeyedQueue } from './keyed-queue.js';
import { contentKey, PlacedFiles } from './placed-files.js';
import { placeFile } from './place-file.js';
import { TwinSearch } from './twin-search.js';

/**
 * The media job of an export: stores every media item of a message on disk and returns the outcome.
 *
 * Bytes that the archive already has are linked, not fetched. An item that could not be fetched becomes a record with
 * the reason.
 */
export class MediaFetcher {
  readonly #options: MediaFetcherOptions;
  /** Downloads in progress by remote id, so that two messages with the same file fetch it once. */
  readonly #inProgress = new KeyedQueue();
  /** Files being placed by hash, so that equal bytes under different ids are stored once. */
  readonly #placing = new KeyedQueue();
  readonly #placed = new PlacedFiles();
  readonly #twins: TwinSearch | undefined;

  constructor(options: MediaFetcherOptions) {
    this.#options = options;
    const { source, archive, deduplicates, hashTimeoutMs } = options;
    if (deduplicates) this.#twins = new TwinSearch({ source, archive, timeoutMs: hashTimeoutMs });
  }

  /**
   * @param before - The message's record in the archive. A media item that is left out now keeps its file, and one that
   *   was refused twice is not requested again.
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
      if (!failsOnlyTheFile(error)) throw error;
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
        ? await this.#fetchAndPlace(target, signal)
        : await this.#inProgress.run(remoteId, () => this.#findOrFetch(target, signal));
    if (duplicate !== undefined) context.duplicate(duplicate, file.sizeBytes);
    return file;
  }

  /** Find by id → find twin → fetch → name → place. One at a time for each id of the source. */
  async #findOrFetch(target: MediaTarget, signal: AbortSignal): Promise<Placement> {
    signal.throwIfAborted();
    const { remoteId, sizeBytes: announcedBytes } = target.media;
    const found = await findById(target, { placed: this.#placed, options: this.#options, signal });
    if (found !== undefined) this.#twins?.placed(found.file);
    const placement = found ?? (await this.#fetchUnlessTwin(target, signal));
    this.#placed.add({ ...placement.file, announcedBytes }, remoteId);
    return placement;
  }

  async #fetchUnlessTwin(target: MediaTarget, signal: AbortSignal): Promise<Placement> {
    const candidate = this.#twins?.enter(target.message, target.media, signal);
    try {
      const twin = await linkTwin(candidate, target, { options: this.#options, signal });
      const placement = twin ?? (await this.#fetchAndPlace(target, signal));
      this.#twins?.placed(placement.file); // Before `leave`, because candidates that wait for it look it up after that.
      return placement;
    } finally {
      await candidate?.leave();
    }
  }

  async #fetchAndPlace(target: MediaTarget, signal: AbortSignal): Promise<Placement> {
    const options = this.#options;
    const { archive, files, folder } = options;
    const { message, media, index } = target;
    const temporaryPath = files.temporaryPath(message, index);
    const journal = media.remoteId === undefined ? undefined : archive.parts.of(folder, media.remoteId);
    const downloaded = await fetchFile(target, { ...options, temporaryPath, journal, signal });
    try {
      checkSize(media, downloaded);
      const named = await nameFile(target, temporaryPath, options);
      // Noted before the file gets its name: after a kill in between, it is found under either name. The row's commit
      // removes the note.
      journal?.place({ ...downloaded, path: files.finalPath(named) });
      return await this.#placing.run(contentKey(downloaded), () =>
        placeFile(named, { temporaryPath, downloaded, placed: this.#placed, options, signal }),
      );
    } catch (error) {
      // The bytes are complete and correct: if they could not get their name, the next run finds them.
      if (journal === undefined || makesPartialFileUseless(error)) {
        journal?.clear();
        await files.removeTemporary(temporaryPath);
      }
      throw error;
    }
  }
}

/** The size was learned by reading. It is recorded, because otherwise each run would read as far again. */
function tooLargeEnding(media: Media, { maxSizeBytes = 0 }: MediaSelection): MediaEnding {
  const record: MediaRecord = {
    state: 'skipped',
    media: { ...media, leastBytes: maxSizeBytes + 1 },
    reason: 'too-large',
  };
  return { record, end: 'skipped' };
}
