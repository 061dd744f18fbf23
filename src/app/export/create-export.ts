import { join } from 'node:path';

import { Archive } from '../../archive/archive.js';
import type { DerivativeProblem } from '../../archive/description.js';
import { DerivativeFiles } from '../../archive/files/derivative-files.js';
import { MediaFiles } from '../../archive/files/media-files.js';
import type { MissingMedia, NotedMedia, StoredChat } from '../../archive/records.js';
import type { Account } from '../../chat/account.js';
import type { Chat } from '../../chat/chat.js';
import type { MessageRecord } from '../../chat/record.js';
import type { Settings } from '../../config/settings.js';
import { ExitCode } from '../../errors/exit-code.js';
import type { ConcurrencySnapshot } from '../../metrics/concurrency-metrics.js';
import { mergeSnapshots } from '../../metrics/merge-snapshots.js';
import { formatBytes, summaryLine } from '../../metrics/summary-line.js';
import { createProcessor } from '../../pipeline/processor/create-processor.js';
import type { ProgressReporter } from '../../pipeline/export-progress.js';
import { claimChats } from '../../pipeline/chat-claim.js';
import { downloadLine, downloadsSince } from '../../pipeline/download-account.js';
import { Exporter } from '../../pipeline/exporter.js';
import type { DescriptionCount } from '../../pipeline/description-count.js';
import type { ParallelMediaProcessor } from '../../pipeline/processor/parallel-media-processor.js';
import type { ProcessorRun } from '../../pipeline/processor/processor-run.js';
import { reporterOfRun, type RunReporter } from '../../pipeline/run-reporter.js';
import { ChatRendering } from './chat-rendering.js';
import { forEachChat, type RefusedChat } from './each-chat.js';
import { noteOldGroupFolder } from './old-group-folder.js';
import { recoverChatFolder } from './chat-folder.js';
import { byIdsNote } from './bot-export.js';
import { ChatRun } from './chat-run.js';
import { createDescriber } from './create-describer.js';
import { type ExportPlan, planExport } from './export-plan.js';
import type { WorkerDescriber } from '../../media/worker-describer.js';
import { extensionByContent } from '../../media/right-extension.js';
import { others } from './other-accounts.js';
import type { Renderer } from '../../render/renderer.js';
import type { ExportSource, LiveSource } from '../../source/live-source.js';

export interface ExportRequest {
  readonly settings: Settings;
  /**
   * The archive to write to. It stays open, and several exports may write to it at the same time.
   *
   * @defaultValue that of `settings.exportDir`, opened for this run alone
   */
  readonly archive?: Archive | undefined;
  /**
   * Provides permits and the memory limit, for several jobs at the same time. Its configuration determines how many
   * jobs run at once.
   *
   * @defaultValue one of its own, as the settings ask for
   */
  readonly processor?: ParallelMediaProcessor | undefined;
  readonly source: LiveSource;
  readonly chats: readonly Chat[];
  /** Renders each chat when it is in the archive. */
  readonly renderers: readonly Renderer[];
  /** The id to end at, for an account that cannot find the end of a chat. @defaultValue chosen by the source */
  readonly upToId?: number | undefined;
  readonly reporter: ProgressReporter;
  /** Of the events that are reported. @defaultValue a new one */
  readonly runId?: string | undefined;
  readonly signal: AbortSignal;
  /** Receives files as soon as they are durable. */
  readonly follower?: ExportFollower | undefined;
}

/** Follows an export while it runs. Methods are called synchronously; all but `committed` must not throw. */
export interface ExportFollower {
  /** Called when the archive is open. */
  begin(archive: Archive): void;
  /** Called when the export of a chat begins. All rows that it has now are from earlier runs. */
  chatStarted(chat: Chat): void;
  /**
   * Called with records when they and their files are durable. They belong to one chat, in ascending order. A record
   * comes again if the run completes it later. An error thrown here stops the run.
   */
  committed(records: readonly MessageRecord[]): void;
  /** Called at the end of the run, whatever the outcome, before the archive is closed. */
  end(): void;
}

/** The result of one chat in a run. */
export interface ExportedChat {
  readonly chat: Chat;
  /** Absolute. */
  readonly folder: string;
  readonly newMessageCount: number;
  readonly messageCount: number;
  readonly missing: readonly MissingMedia[];
  /** Stored media with a note: their size differs from the announced one. */
  readonly noted: readonly NotedMedia[];
  /** Derivatives made in this run. Absent if none were requested. */
  readonly described?: DescriptionCount;
  /** Derivatives that could not be made. The media themselves are stored. */
  readonly derivativeProblems: readonly DerivativeProblem[];
  /** Absolute. */
  readonly renderedPaths: readonly string[];
  /** Absolute. */
  readonly reportPath: string;
  readonly metrics: ConcurrencySnapshot;
}

/** The result of a run. */
export interface ExportSummary {
  /** As in the events of the run. */
  readonly runId: string;
  /** The account that exported. */
  readonly account: Account;
  /** Other accounts that have exported into the same archive at any time. */
  readonly otherAccounts: readonly Account[];
  /** Of the archive, absolute. */
  readonly directory: string;
  readonly durationMs: number;
  readonly chats: readonly ExportedChat[];
  /** Chats that were refused while others were exported. */
  readonly refused: readonly RefusedChat[];
  /** Files that cover more than one chat, absolute. */
  readonly renderedPaths: readonly string[];
  readonly metrics: ConcurrencySnapshot;
  /** `1247 media, 3.1 GB, peak 8, mean 7.2, throttled 0×` */
  readonly line: string;
  /** `3.1 GB at 48.2 MB/s, 8 connections, 27 parts in flight at most`. Absent when nothing was downloaded. */
  readonly downloadLine?: string;
  readonly exitCode: ExitCode;
}

/**
 * Exports chats, one after the other, and renders each. If there are several, a chat that Telegram refuses is listed,
 * and the others continue. Any other error stops the run; everything written so far stays in the archive.
 *
 * @throws {ChatferryError} what stopped the run; the signal's reason when it aborts.
 */
export async function runExport(request: ExportRequest): Promise<ExportSummary> {
  const { settings, source, signal } = request;
  const reporter = reporterOfRun(request.reporter, request.runId);
  const waits = source.watchFloodWaits?.((wait) => {
    reporter.event({ type: 'flood-wait', ...wait });
  });
  try {
    const processor = request.processor ?? (await createProcessor(settings));
    const { processTree: tree, configuration } = processor;
    const plan = planExport(settings, configuration);
    await using describer =
      plan.describing === undefined ? undefined : createDescriber({ plan: plan.describing, tree, reporter });
    // Checked first, so that a configured program that does not run is not discovered after hours of work.
    const { ffmpegPath, ffprobePath } = plan.describing ?? {};
    if (ffmpegPath !== undefined || ffprobePath !== undefined) await describer?.prepare(signal);
    const parts = { request, plan, reporter, processor, describer };
    if (request.archive !== undefined) return await exportInto(request.archive, parts);
    using archive = await Archive.open(settings.exportDir, { mode: settings.archiveMode });
    return await exportInto(archive, parts);
  } finally {
    waits?.[Symbol.dispose]();
  }
}

interface RunParts {
  readonly request: ExportRequest;
  readonly plan: ExportPlan;
  readonly reporter: RunReporter;
  readonly processor: ParallelMediaProcessor;
  /** Undefined: no derivatives are made. */
  readonly describer: WorkerDescriber | undefined;
}

async function exportInto(archive: Archive, parts: RunParts): Promise<ExportSummary> {
  const { request, plan, reporter, processor, describer } = parts;
  const { source, chats, upToId, signal, follower } = request;
  const runSource = source.forRun?.() ?? source;
  const startedMs = performance.now();
  const downloadsBefore = runSource.downloadMetrics?.();
  await claimChats({ archive, source, signal });
  archive.accounts.note(source.account, Date.now());
  const run = processor.startRun({
    observer: {
      onThrottle: ({ closed, residentBytes, limitBytes }) =>
        reporter.event({ type: 'throttle', on: closed, residentBytes, limitBytes }),
      onFallback: (active, errorRatio) => reporter.event({ type: 'fallback-to-sequential', active, errorRatio }),
    },
  });
  if (source.account.isBot) reporter.event({ type: 'note', text: byIdsNote(upToId) });
  const exporter = new Exporter({
    source: runSource,
    upToId,
    archive,
    processor: run,
    mode: plan.mode,
    selection: plan.selection,
    deduplicates: plan.deduplicates,
    hashTimeoutMs: plan.hashTimeoutMs,
    reporter,
    onCommit: (records) => follower?.committed(records),
    openMediaFiles: (folder) =>
      new MediaFiles({
        directory: archive.directory,
        folder,
        folderMode: archive.folderMode,
        resumable: archive.parts.remoteIds(folder),
      }),
    rightExtension: extensionByContent,
    ...(describer === undefined
      ? {}
      : {
          describing: {
            describer,
            openFiles: (folder) =>
              new DerivativeFiles({ directory: archive.directory, folder, folderMode: archive.folderMode }),
            replacesOriginals: plan.describing?.replacesOriginals === true,
          },
        }),
  });

  const { timeZone } = plan;
  await using rendering = await ChatRendering.begin({ archive, renderers: request.renderers, timeZone, reporter });
  follower?.begin(archive);
  const { done: exported, refused } = await forEachChat(chats, {
    source,
    reporter,
    signal,
    alongWith: (chat) => ownOldGroup(chat, { request, archive }),
    work: (chat) => exportChat(chat, { request, runSource, plan, reporter, archive, run, exporter, rendering }),
  }).finally(() => {
    follower?.end();
  });
  const renderedPaths = await rendering.finish(signal);
  const metrics = mergeSnapshots(exported.map((chat) => chat.metrics));
  const downloads = downloadsSince(downloadsBefore, runSource.downloadMetrics?.());
  return {
    runId: reporter.runId,
    account: source.account,
    otherAccounts: others(archive, source.account),
    directory: archive.directory,
    durationMs: Math.round(performance.now() - startedMs),
    chats: exported,
    refused,
    renderedPaths,
    metrics,
    line: summaryLine(metrics),
    ...(downloads === undefined ? {} : { downloadLine: downloadLine(downloads) }),
    exitCode: exitCode(exported, refused),
  };
}

interface ExportParts {
  readonly request: ExportRequest;
  /** The source of the request, with download metrics of this run. */
  readonly runSource: ExportSource;
  readonly plan: ExportPlan;
  readonly reporter: RunReporter;
  readonly archive: Archive;
  readonly run: ProcessorRun;
  readonly exporter: Exporter;
  readonly rendering: ChatRendering;
}

/**
 * The basic group that a supergroup was made from, if the archive has that group's messages in the supergroup from
 * another account, with ids of that account.
 */
async function ownOldGroup(
  chat: Chat,
  { request, archive }: Pick<ExportParts, 'request' | 'archive'>,
): Promise<Chat | undefined> {
  const { source, signal } = request;
  const { migratedAccount = source.account.id } = archive.chat(chat.id) ?? {};
  return migratedAccount === source.account.id ? undefined : source.oldGroup(chat, signal);
}

async function exportChat(chat: Chat, parts: ExportParts): Promise<ExportedChat> {
  const { request, runSource, plan, reporter, archive, run, exporter, rendering } = parts;
  const { signal } = request;
  const { deduplicates, mode } = plan;
  noteOldGroupFolder(chat, { archive, accountId: request.source.account.id, deduplicates, reporter });
  await recoverChatFolder(chat, { archive, reporter });
  run.resetMetrics();
  request.follower?.chatStarted(chat);
  const chatRun = new ChatRun({ chat, source: runSource, archive, processorRun: run, mode });
  let renderedPaths: readonly string[] = [];
  try {
    const onArchived = async (stored: StoredChat): Promise<void> => {
      noteUnreadable(chat, archive, reporter);
      renderedPaths = await rendering.render(stored, signal);
    };
    const result = await exporter.export(chat, { signal, onArchived });
    // Smaller copies have different names than their originals.
    if ((result.described?.replacedCount ?? 0) > 0) renderedPaths = await rendering.render(result.chat, signal);
    return {
      chat,
      folder: join(archive.directory, result.chat.folder),
      newMessageCount: result.newMessageCount,
      messageCount: result.messageCount,
      missing: result.missing,
      noted: archive.notedMedia(chat.id),
      renderedPaths,
      reportPath: await chatRun.end(
        result.missing.some(couldBeFetched) ? 'media-missing' : 'complete',
        result.described,
      ),
      ...(result.described === undefined ? {} : { described: result.described }),
      derivativeProblems: archive.descriptions.problems(chat.id),
      metrics: run.metrics(),
    };
  } catch (error) {
    await chatRun.endEarly(signal.aborted ? 'interrupted' : 'failed', error);
    if (signal.aborted) {
      tellHowFar(chat, parts);
      const stored = archive.chat(chat.id);
      if (stored !== undefined && renderedPaths.length === 0) await rendering.renderInterrupted(stored);
    }
    throw error;
  }
}

function tellHowFar(chat: Chat, { reporter, archive, run }: ExportParts): void {
  const { mediaCount, failedMediaCount, bytes } = run.metrics();
  const total = chat.messageCount === undefined ? '' : ` of ${chat.messageCount}`;
  const media = `${mediaCount - failedMediaCount} media (${formatBytes(bytes)}) in this run`;
  const text = `${titleOf(chat)}: stopped after ${archive.messageCount(chat.id)}${total} messages, ${media}.`;
  reporter.event({ type: 'note', text });
}

/** Nothing of them is lost, but users should know before they delete the original. */
function noteUnreadable(chat: Chat, archive: Archive, reporter: RunReporter): void {
  const { length: count } = archive.unreadableMessages(chat.id);
  if (count === 0) return;
  const are = count === 1 ? '1 message is of a kind' : `${count} messages are of kinds`;
  const text = `${titleOf(chat)}: ${are} that this version does not know. Their bytes are kept; report.json has the ids.`;
  reporter.event({ type: 'note', text });
}

function titleOf({ title, lastName, id }: Chat): string {
  return [title, lastName].filter((part) => part !== undefined && part !== '').join(' ') || id;
}

function exitCode(exported: readonly ExportedChat[], refused: ExportSummary['refused']): ExitCode {
  if (refused.length > 0) return exported.length === 0 ? ExitCode.remoteRefused : ExitCode.mediaMissing;
  return exported.some(({ missing }) => missing.some(couldBeFetched)) ? ExitCode.mediaMissing : ExitCode.complete;
}

/** Media that Telegram does not offer are listed, but do not count as missing. */
function couldBeFetched({ media }: MissingMedia): boolean {
  return media.unavailableReason === undefined;
}
