import { join } from 'node:path';

import type { Archive } from '../archive/archive.js';
import type { DerivativeFiles } from '../archive/files/derivative-files.js';
import type { MediaFiles } from '../archive/files/media-files.js';
import type { MissingMedia, StoredChat } from '../archive/records.js';
import type { Batch } from '../chat/batch.js';
import type { Chat } from '../chat/chat.js';
import type { AccountId } from '../chat/chat-id.js';
import type { Message } from '../chat/message.js';
import type { MessageRecord } from '../chat/record.js';
import { TELEGRAM } from '../chat/source-name.js';
import type { Outcome } from '../concurrency/ordered-window.js';
import type { ExportSource } from '../source/live-source.js';
import { ChatDescription } from './chat-description.js';
import { foundText, lowestIdOf, searchText, withoutKnown } from './completeness/completeness.js';
import { CountComparison } from './completeness/count-comparison.js';
import { beginsEarlier } from './completeness/earlier-beginning.js';
import { chatSeenBy, checkOwner, type SeenChat } from './completeness/seen-chat.js';
import { hasAllOf, type WalkedMessage } from './known-message.js';
import { ExportProgress } from './export-progress.js';
import type { CopyProver, MediaDescriber } from '../media/media-describer.js';
import type { DescriptionCount } from './description-count.js';
import { replaceOriginals } from './original-replacement.js';
import type { IdentifyExtension } from './fetch/fetch-options.js';
import { MediaFetcher } from './fetch/media-fetcher.js';
import type { MediaSelection } from './media-selection.js';
import { messagesOwedMedia, recordOfGone } from './owed-media.js';
import type { Job } from './processor/job.js';
import type { ProcessorRun } from './processor/processor-run.js';
import { RecordBuffer } from './record-buffer.js';
import type { RunEvents } from './export-progress.js';
import {
  lostFilesText,
  StoredFilesCheck,
  type StoredFilesCount,
  type StoredFilesResult,
  recoverReturnedFiles,
} from './completeness/stored-files-check.js';
import { shortTitle } from '../text/printable.js';

/** `batch` waits for all jobs of a batch before the next batch; `window` keeps permits busy across batches. */
export type ExportMode = 'sequential' | 'batch' | 'window';

/** What runs the jobs of an export. */
export type JobRunner = Pick<ProcessorRun, 'processStream' | 'concurrency'>;

export interface ExporterOptions {
  readonly source: ExportSource;
  /** See `HistoryOptions`. */
  readonly upToId?: number | undefined;
  readonly archive: Archive;
  /** Runs the jobs and counts them: a run of a processor, or a processor with its default run. */
  readonly processor: JobRunner;
  readonly mode: ExportMode;
  readonly selection: MediaSelection;
  /** Whether files that the archive already has are linked instead of fetched. */
  readonly deduplicates: boolean;
  /** How long to wait for hashes of a file that may be in the archive under another id. */
  readonly hashTimeoutMs: number;
  readonly reporter: RunEvents;
  /** Called when records and the files that they name are durable. */
  readonly onCommit?: (records: readonly MessageRecord[]) => void;
  /** Opens the media files of a chat, by its folder. */
  readonly openMediaFiles: (folder: string) => MediaFiles;
  /** Undefined: names stay as the source has them. */
  readonly rightExtension?: IdentifyExtension;
  /** Undefined: no derivatives are made. */
  readonly describing?: {
    readonly describer: MediaDescriber & CopyProver;
    /** Opens the derivatives of a chat, by its folder. */
    readonly openFiles: (folder: string) => DerivativeFiles;
    /** Whether a smaller copy replaces its original. */
    readonly replacesOriginals: boolean;
  };
}

export interface ChatExportOptions {
  readonly signal: AbortSignal;
  /** Called when all messages and media are in the archive, before the remaining previews and copies are made. */
  readonly onArchived?: (chat: StoredChat) => Promise<void>;
}

/** The result of exporting one chat. */
export interface ChatExport {
  readonly chat: StoredChat;
  readonly newMessageCount: number;
  /** Messages in the archive now. */
  readonly messageCount: number;
  /** Media that are still missing, including those of earlier runs. */
  readonly missing: readonly MissingMedia[];
  /** State on disk of the files of earlier runs. */
  readonly storedFiles: StoredFilesCount;
  /** Derivatives made in this run. Undefined if none were requested. */
  readonly described?: DescriptionCount;
}

/**
 * Brings a chat into the archive. It first retries media that earlier runs could not fetch. Then it walks the history
 * from the cursor of the account, hands every message to the processor, and writes the results sequentially, in order.
 * Messages of a channel that another account has brought stay as they are, and are completed if something is missing.
 *
 * The cursor never passes a message that is not written, so an export that stops at any point continues there.
 */
export class Exporter {
  readonly #options: ExporterOptions;

  constructor(options: ExporterOptions) {
    this.#options = options;
  }

  /**
   * @throws {ChatferryError} when the run cannot go on; the signal's reason when it aborts. What was written stays.
   */
  async export(chat: Chat, { signal, onArchived }: ChatExportOptions): Promise<ChatExport> {
    const { archive, source, selection, processor, reporter, openMediaFiles } = this.#options;
    checkOwner(chat, source.account);
    const stored = archive.placeChat(chat);
    const { folder } = stored;
    const seen = chatSeenBy(source.account.id, stored, archive.chatAccounts.of(chat.id));
    const files = openMediaFiles(folder);
    await files.prepare();

    using progress = new ExportProgress({
      chat,
      messagesBefore: archive.messageCount(chat.id),
      reporter,
      readConcurrency: () => processor.concurrency(),
    });
    const fetcher = new MediaFetcher({
      ...this.#options,
      files,
      folder,
      chatFolder: join(archive.directory, folder),
      onBytes: (count) => {
        progress.bytes(count);
      },
    });
    const retryWalk: Walk = {
      chat,
      seen,
      job: async (message, context) => {
        const record = await fetcher.fetch(message, context, archive.message(chat.id, message.id));
        return { id: message.id, record };
      },
      progress,
      signal,
    };
    await recoverReturnedFiles({ archive, chatId: chat.id, files, signal });
    await this.#retryMedia(retryWalk, messagesOwedMedia(archive, chat.id, selection));
    await using check = new StoredFilesCheck({ ...this.#options, chatId: chat.id, files, signal });
    await using describing = this.#describe(chat, { folder, startsAfter: check.settled(), signal });
    const lastKnownId = archive.lastMessageId(chat.id) ?? -Infinity;
    const job: Job<Message, WalkedMessage> = async (message, context) => {
      const { id } = message;
      const known = id > lastKnownId ? undefined : archive.message(chat.id, id);
      if (known !== undefined && hasAllOf(known, message, { selection, source: TELEGRAM })) return { id };
      return { id, record: await fetcher.fetch(message, context, known) };
    };
    const onCommit = (): void => describing?.wake();
    const walk: Walk = { chat, seen, job, progress, signal, onCommit };
    const counts = new CountComparison({ archive, account: source.account.id, chat, seen });
    await this.#walkHistory(walk, counts);
    await this.#completeHistory(walk, counts);
    const storedFiles = await check.result();
    this.#reportLostFiles(chat, storedFiles);
    await this.#retryMedia(retryWalk, storedFiles.lostMessageIds);
    describing?.startOver(); // A file that was fetched again may have different bytes.
    await onArchived?.(archive.chat(chat.id) ?? { chat, folder });
    await describing?.finish();
    const { replacesOriginals = false, describer } = this.#options.describing ?? {};
    const replaced =
      replacesOriginals && describer !== undefined
        ? await replaceOriginals({ archive, chatId: chat.id, files, prover: describer, reporter, signal })
        : {};
    for (const remoteId of await files.finish()) archive.parts.clear(folder, remoteId);
    for (const path of archive.unclaimedFiles(chat.id)) await files.remove(path);
    archive.parts.clearPlacements(folder);

    progress.finish();
    return {
      chat: archive.chat(chat.id) ?? { chat, folder },
      newMessageCount: progress.newMessageCount,
      messageCount: archive.messageCount(chat.id),
      missing: archive.missingMedia(chat.id),
      storedFiles,
      ...(describing === undefined ? {} : { described: { ...describing.count, ...replaced } }),
    };
  }

  /** Retries are over by then: from here on, new media only follow those that are there. */
  #describe(
    chat: Chat,
    { folder, startsAfter, signal }: { folder: string; startsAfter: Promise<unknown>; signal: AbortSignal },
  ): ChatDescription | undefined {
    const { archive, processor, reporter, describing } = this.#options;
    if (describing === undefined) return undefined;
    return new ChatDescription({
      chatId: chat.id,
      archive,
      files: describing.openFiles(folder),
      describer: describing.describer,
      reporter,
      isThrottled: () => processor.concurrency().throttled,
      startsAfter,
      signal,
    });
  }

  #reportLostFiles({ title }: Chat, stored: StoredFilesResult): void {
    const text = lostFilesText(stored);
    if (text !== undefined) this.#options.reporter.event({ type: 'note', text: `${title}: ${text}` });
  }

  async #retryMedia(walk: Walk, owedIds: readonly number[]): Promise<void> {
    const { archive, source, selection } = this.#options;
    const ids = owedIds.filter((id) => walk.seen.mayAskFor(id));
    if (ids.length === 0) return;
    const gone = new Set(ids);
    const open = (signal: AbortSignal): AsyncIterable<Batch> => found(source.messages(walk.chat, ids, signal), gone);
    await this.#write(walk, open);

    using buffer = this.#openBuffer(walk);
    for (const id of gone) {
      if (!walk.seen.wasShown(id)) continue; // Another account may still have it.
      const record = archive.message(walk.chat.id, id);
      const changed = record === undefined ? undefined : recordOfGone(record, selection);
      if (changed !== undefined) buffer.add({ id, record: changed });
    }
    buffer.flush();
  }

  async #walkHistory(walk: Walk, counts: CountComparison): Promise<void> {
    const { source, upToId } = this.#options;
    const { after } = walk.seen;
    const open = (signal: AbortSignal): AsyncIterable<Batch> =>
      counts.watched(source.history(walk.chat, { signal, after, upToId }));
    await this.#write(walk, open, source.account.id);
  }

  /** Searches the whole history if its number of messages, or its beginning, shows that some are missing. */
  async #completeHistory(walk: Walk, counts: CountComparison): Promise<void> {
    const { archive, source, reporter } = this.#options;
    const { chat, seen, progress, signal } = walk;
    const missingCount = counts.missingCount();
    if (missingCount > 0 || (await beginsEarlier({ archive, source, chat, seen, signal }))) {
      const note = (text: string): void => {
        reporter.event({ type: 'note', text: `${shortTitle(chat.title)}: ${text}` });
      };
      note(searchText(missingCount));
      const countBefore = progress.newMessageCount;
      const after = seen.hasOldGroup ? undefined : 0;
      const idsBetween = (first: number, last: number): ReadonlySet<number> =>
        archive.messageIds(chat.id, { first, last, source: TELEGRAM });
      let firstMessageId = Infinity;
      const noteFirst = (id: number): void => {
        firstMessageId = Math.min(firstMessageId, id);
      };
      await this.#write(walk, (stop) =>
        withoutKnown(lowestIdOf(source.history(chat, { signal: stop, after }), noteFirst), idsBetween),
      );
      if (firstMessageId < Infinity) archive.chatAccounts.shownFrom(chat.id, source.account.id, firstMessageId);
      note(foundText(missingCount, progress.newMessageCount - countBefore));
    }
    counts.settle();
  }

  async #write(
    walk: Walk,
    open: (signal: AbortSignal) => AsyncIterable<Batch>,
    movesCursorOf?: AccountId,
  ): Promise<void> {
    // Stops the source too when the run has to stop: it may be waiting for an hour.
    const stop = new AbortController();
    const batches = open(AbortSignal.any([walk.signal, stop.signal]));
    using buffer = this.#openBuffer(walk, movesCursorOf);
    try {
      for await (const outcome of this.#outcomes(walk, noteSenders(batches, buffer))) {
        try {
          if (!outcome.ok) throw outcome.error;
          buffer.add(outcome.value);
        } catch (error) {
          stop.abort(error);
          throw error;
        }
      }
    } finally {
      buffer.flush(); // Also if the run stops here, so that finished work is not repeated.
    }
  }

  #openBuffer({ chat, progress, onCommit }: Walk, movesCursorOf?: AccountId): RecordBuffer {
    return new RecordBuffer({
      archive: this.#options.archive,
      chatId: chat.id,
      movesCursorOf,
      onCommit: (records, newMessageCount) => {
        progress.messages(newMessageCount);
        onCommit?.();
        this.#options.onCommit?.(records);
        for (const { state, media } of records.flatMap((record) => record.media)) {
          if (state === 'skipped' || media.unavailableReason !== undefined) continue;
          progress.media(state === 'failed');
        }
      },
    });
  }

  #outcomes({ job, signal }: Walk, batches: AsyncIterable<Batch>): AsyncIterable<Outcome<Message, WalkedMessage>> {
    const { processor, mode } = this.#options;
    return mode === 'batch'
      ? batchByBatch(processor, { batches, job }, signal)
      : processor.processStream(flatten(batches), job, signal);
  }
}

/** State that the walks of one chat's export share. */
interface Walk {
  readonly chat: Chat;
  readonly seen: SeenChat;
  readonly job: Job<Message, WalkedMessage>;
  readonly progress: ExportProgress;
  readonly signal: AbortSignal;
  /** Called when records are durable. */
  readonly onCommit?: () => void;
}

async function* noteSenders(batches: AsyncIterable<Batch>, buffer: RecordBuffer): AsyncGenerator<Batch, void, void> {
  for await (const batch of batches) {
    buffer.addSenders(batch.senders);
    yield batch;
  }
}

/**
 * Removes from `gone` the messages that the source still has. A message that could be read before and cannot be read
 * now keeps its record: bytes of an unknown kind do not replace its known text or its missing media.
 */
async function* found(batches: AsyncIterable<Batch>, gone: Set<number>): AsyncGenerator<Batch, void, void> {
  for await (const { messages, senders } of batches) {
    for (const { id } of messages) gone.delete(id);
    yield { messages: messages.filter(({ kind }) => kind !== 'undecoded'), senders };
  }
}

async function* flatten(batches: AsyncIterable<Batch>): AsyncGenerator<Message, void, void> {
  for await (const { messages } of batches) yield* messages;
}

async function* batchByBatch(
  processor: JobRunner,
  { batches, job }: { readonly batches: AsyncIterable<Batch>; readonly job: Job<Message, WalkedMessage> },
  signal: AbortSignal,
): AsyncGenerator<Outcome<Message, WalkedMessage>, void, void> {
  // One stream per batch instead of `processBatch`, so that an interrupted batch keeps what it has finished.
  for await (const { messages } of batches) yield* processor.processStream(each(messages), job, signal);
}

async function* each(messages: readonly Message[]): AsyncGenerator<Message, void, void> {
  for (const message of messages) yield await Promise.resolve(message);
}
