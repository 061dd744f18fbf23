import { join } from 'node:path';

import { Archive } from '../../archive/archive.js';
import type { DerivativeProblem } from '../../archive/description.js';
import { DerivativeFiles } from '../../archive/files/derivative-files.js';
import { MediaFiles } from '../../archive/files/media-files.js';
import type { MissingMedia, NotedMedia, StoredChat } from '../../archive/records.js';
import type { Account } from '../../chat/account.js';
import type { Chat } from '../../chat/chat.js';
import type { Settings } from '../../config/settings.js';
import { ExitCode } from '../../errors/exit-code.js';
import type { ConcurrencySnapshot } from '../../metrics/concurrency-metrics.js';
import { ProcessTree } from '../../memory/process-tree.js';
import { mergeSnapshots } from '../../metrics/merge-snapshots.js';
import { formatBytes, summaryLine } from '../../metrics/summary-line.js';
import { createProcessor, exportMode } from '../../pipeline/processor/create-processor.js';
import type { ProgressReporter } from '../../pipeline/export-progress.js';
import { claimChats } from '../../pipeline/chat-claim.js';
import { downloadLine, downloadsSince } from '../../pipeline/download-account.js';
import { Exporter } from '../../pipeline/exporter.js';
import type { DescriptionCount } from '../../pipeline/description-count.js';
import type { ParallelMediaProcessor } from '../../pipeline/processor/parallel-media-processor.js';
import { ChatRendering } from './chat-rendering.js';
import { forEachChat, type RefusedChat } from './each-chat.js';
import { noteOldGroupFolder } from './old-group-folder.js';
import { recoverChatFolder } from './chat-folder.js';
import { byIdsNote } from './bot-export.js';
import { ChatRun } from './chat-run.js';
import { createDescriber } from './create-describer.js';
import { extensionByContent } from '../../media/right-extension.js';
import { others } from './other-accounts.js';
import type { Renderer } from '../../render/renderer.js';
import type { LiveSource } from '../../source/live-source.js';

export interface ExportRequest {
  readonly settings: Settings;
  readonly source: LiveSource;
  readonly chats: readonly Chat[];
  /** What to render when a chat is in the archive. */
  readonly renderers: readonly Renderer[];
  /** Where to end, for an account that is not told where chats do. @defaultValue as the source sees fit */
  readonly upToId?: number | undefined;
  readonly reporter: ProgressReporter;
  readonly signal: AbortSignal;
  /** Takes up files as they come to be safe on the disk. */
  readonly follower?: ExportFollower | undefined;
}

/** Follows an export while it runs. Methods are called synchronously and must not throw. */
export interface ExportFollower {
  /** The archive is open, for this run alone to write to. */
  begin(archive: Archive): void;
  /** The export of a chat begins: what has a row in it by now is from earlier runs. */
  chatStarted(chat: Chat): void;
  /** Rows are on the disk, and the files that they name. */
  committed(): void;
  /** However the run ended: the archive is about to be closed. */
  end(): void;
}

/** What a run left of one chat. */
export interface ExportedChat {
  readonly chat: Chat;
  /** Absolute. */
  readonly folder: string;
  readonly newMessageCount: number;
  readonly messageCount: number;
  readonly missing: readonly MissingMedia[];
  /** Media that are there and have a note: their size is not the announced one. */
  readonly noted: readonly NotedMedia[];
  /** What was made of its media in this run. Absent where nothing is to be made. */
  readonly described?: DescriptionCount;
  /** What could not be made of media. The media themselves are there. */
  readonly derivativeProblems: readonly DerivativeProblem[];
  /** Absolute. */
  readonly renderedPaths: readonly string[];
  /** Absolute. */
  readonly reportPath: string;
  readonly metrics: ConcurrencySnapshot;
}

/** What a run left. */
export interface ExportSummary {
  /** Who exported. */
  readonly account: Account;
  /** Who else exported into the same archive, at any time. */
  readonly otherAccounts: readonly Account[];
  /** Of the archive, absolute. */
  readonly directory: string;
  readonly durationMs: number;
  readonly chats: readonly ExportedChat[];
  /** Chats that could not be exported, while others could. */
  readonly refused: readonly RefusedChat[];
  /** Files that cover more than one chat, absolute. */
  readonly renderedPaths: readonly string[];
  readonly metrics: ConcurrencySnapshot;
  /** `1247 media, 3.1 GB, peak 8, mean 7.2, throttled 0×` */
  readonly line: string;
  /** `3.1 GB at 48.2 MB/s, 8 connections, 27 parts under way at most`. Absent when nothing was downloaded. */
  readonly downloadLine?: string;
  readonly exitCode: ExitCode;
}

/**
 * Exports chats, one after the other, and renders each. Where there are several, one that Telegram refuses is listed, and
 * the others go on; anything else that stops a chat stops the run, with everything written so far in the archive.
 *
 * @throws {ChatferryError} what stopped the run; the signal's reason when it aborts.
 */
export async function runExport(request: ExportRequest): Promise<ExportSummary> {
  const { settings, source, reporter, chats, renderers, upToId, signal, follower } = request;
  const startedMs = performance.now();
  const downloadsBefore = source.downloadMetrics();
  const tree = new ProcessTree();
  await using describer = settings.mediaDerivatives ? createDescriber({ settings, tree, reporter }) : undefined;
  // A program that was named and does not run must not be found out after hours of work either.
  if (settings.ffmpegPath !== undefined || settings.ffprobePath !== undefined) await describer?.prepare(signal);
  using archive = await Archive.open(settings.exportDir, { mode: settings.archiveMode });
  await claimChats({ archive, source, signal });
  archive.accounts.note(source.account, Date.now());
  const processor = await createProcessor(settings, {
    processTree: tree,
    observer: {
      onThrottle: ({ closed, residentBytes, limitBytes }) =>
        reporter.event({ type: 'throttle', on: closed, residentBytes, limitBytes }),
      onFallback: (active, errorRatio) => reporter.event({ type: 'fallback-to-sequential', active, errorRatio }),
    },
  });
  if (source.account.isBot) reporter.event({ type: 'note', text: byIdsNote(upToId) });
  const exporter = new Exporter({
    source,
    upToId,
    archive,
    processor,
    mode: exportMode(settings),
    selection: {
      kinds: new Set(settings.mediaKinds),
      ...(settings.maxMediaSizeBytes > 0 ? { maxSizeBytes: settings.maxMediaSizeBytes } : {}),
    },
    deduplicates: settings.deduplicateMedia,
    hashTimeoutMs: settings.hashApiTimeoutMs,
    reporter,
    onCommit: () => follower?.committed(),
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
            replacesOriginals: settings.mediaTranscode !== 'off' && settings.mediaTranscodeOriginals === 'replace',
          },
        }),
  });

  const { timeZone } = settings;
  await using rendering = await ChatRendering.begin({ archive, renderers, timeZone, reporter });
  follower?.begin(archive);
  const { done: exported, refused } = await forEachChat(chats, {
    source,
    reporter,
    signal,
    alongWith: (chat) => ownOldGroup(chat, { request, archive }),
    work: (chat) => exportChat(chat, { request, archive, processor, exporter, rendering }),
  }).finally(() => {
    follower?.end();
  });
  const renderedPaths = await rendering.finish(signal);
  const metrics = mergeSnapshots(exported.map((chat) => chat.metrics));
  const downloads = downloadsSince(downloadsBefore, source.downloadMetrics());
  return {
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
  readonly archive: Archive;
  readonly processor: ParallelMediaProcessor;
  readonly exporter: Exporter;
  readonly rendering: ChatRendering;
}

/**
 * The basic group that a supergroup was made from, where the archive has the supergroup with that group's messages from
 * another account, whose ids they have.
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
  const { request, archive, processor, exporter, rendering } = parts;
  const { settings, reporter, signal } = request;
  const { deduplicateMedia: deduplicates } = settings;
  noteOldGroupFolder(chat, { archive, accountId: request.source.account.id, deduplicates, reporter });
  await recoverChatFolder(chat, { archive, reporter });
  processor.resetMetrics();
  request.follower?.chatStarted(chat);
  const run = new ChatRun({ chat, source: request.source, archive, processor, mode: exportMode(settings) });
  let renderedPaths: readonly string[] = [];
  try {
    const onArchived = async (stored: StoredChat): Promise<void> => {
      noteUnreadable(chat, archive, reporter);
      renderedPaths = await rendering.render(stored, signal);
    };
    const result = await exporter.export(chat, { signal, onArchived });
    // Smaller copies have other names than their originals.
    if ((result.described?.replacedCount ?? 0) > 0) renderedPaths = await rendering.render(result.chat, signal);
    return {
      chat,
      folder: join(archive.directory, result.chat.folder),
      newMessageCount: result.newMessageCount,
      messageCount: result.messageCount,
      missing: result.missing,
      noted: archive.notedMedia(chat.id),
      renderedPaths,
      reportPath: await run.end(result.missing.some(couldBeFetched) ? 'media-missing' : 'complete', result.described),
      ...(result.described === undefined ? {} : { described: result.described }),
      derivativeProblems: archive.descriptions.problems(chat.id),
      metrics: processor.metrics(),
    };
  } catch (error) {
    await run.endEarly(signal.aborted ? 'interrupted' : 'failed', error);
    if (signal.aborted) {
      tellHowFar(chat, parts);
      const stored = archive.chat(chat.id);
      if (stored !== undefined && renderedPaths.length === 0) await rendering.renderInterrupted(stored);
    }
    throw error;
  }
}

function tellHowFar(chat: Chat, { request, archive, processor }: ExportParts): void {
  const { mediaCount, failedMediaCount, bytes } = processor.metrics();
  const total = chat.messageCount === undefined ? '' : ` of ${chat.messageCount}`;
  const media = `${mediaCount - failedMediaCount} media (${formatBytes(bytes)}) in this run`;
  const text = `${titleOf(chat)}: stopped after ${archive.messageCount(chat.id)}${total} messages, ${media}.`;
  request.reporter.event({ type: 'note', text });
}

/** Nothing is lost of them, but people should know before they delete the original. */
function noteUnreadable(chat: Chat, archive: Archive, reporter: ProgressReporter): void {
  const { length: count } = archive.unreadableMessages(chat.id);
  if (count === 0) return;
  const are = count === 1 ? '1 message is of a kind' : `${count} messages are of kinds`;
  const text = `${titleOf(chat)}: ${are} that this client does not know. The bytes are kept; report.json has the ids.`;
  reporter.event({ type: 'note', text });
}

function titleOf({ title, lastName, id }: Chat): string {
  return [title, lastName].filter((part) => part !== undefined && part !== '').join(' ') || id;
}

function exitCode(exported: readonly ExportedChat[], refused: ExportSummary['refused']): ExitCode {
  if (refused.length > 0) return exported.length === 0 ? ExitCode.remoteRefused : ExitCode.mediaMissing;
  return exported.some(({ missing }) => missing.some(couldBeFetched)) ? ExitCode.mediaMissing : ExitCode.complete;
}

/** What Telegram does not hand out is listed, and no shortcoming of the run. */
function couldBeFetched({ media }: MissingMedia): boolean {
  return media.unavailableReason === undefined;
}
