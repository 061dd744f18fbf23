import { join } from 'node:path';

import { Archive } from '../archive/archive.js';
import { writeDurably } from '../archive/durable-file.js';
import { MediaFiles } from '../archive/media-files.js';
import type { MissingMedia, StoredChat } from '../archive/records.js';
import type { Chat } from '../chat/chat.js';
import type { Settings } from '../config/settings.js';
import { errorMessage, isChatferryError } from '../errors/chatferry-error.js';
import { ExitCode, exitCodeOf } from '../errors/exit-code.js';
import type { ConcurrencySnapshot } from '../metrics/concurrency-metrics.js';
import { mergeSnapshots } from '../metrics/merge-snapshots.js';
import { summaryLine } from '../metrics/summary-line.js';
import { createProcessor, exportMode } from '../pipeline/create-processor.js';
import type { ProgressReporter } from '../pipeline/export-progress.js';
import { type ExportOutcome, exportReport } from '../pipeline/export-report.js';
import { Exporter } from '../pipeline/exporter.js';
import type { ParallelMediaProcessor } from '../pipeline/parallel-media-processor.js';
import { rendererFor } from './renderers.js';
import type { MessageSource } from '../source/message-source.js';

export interface ExportRequest {
  readonly settings: Settings;
  readonly source: MessageSource;
  readonly chats: readonly Chat[];
  /** What to render when a chat is in the archive: `json`. */
  readonly formats: readonly string[];
  readonly reporter: ProgressReporter;
  readonly signal: AbortSignal;
}

/** What a run left of one chat. */
export interface ExportedChat {
  readonly chat: Chat;
  /** Absolute. */
  readonly folder: string;
  readonly newMessageCount: number;
  readonly messageCount: number;
  readonly missing: readonly MissingMedia[];
  /** Absolute. */
  readonly renderedPaths: readonly string[];
  /** Absolute. */
  readonly reportPath: string;
  readonly metrics: ConcurrencySnapshot;
}

/** What a run left. */
export interface ExportSummary {
  readonly directory: string;
  readonly chats: readonly ExportedChat[];
  /** Chats that could not be exported, while others could. */
  readonly refused: readonly { readonly chat: Chat; readonly error: unknown }[];
  readonly metrics: ConcurrencySnapshot;
  /** `1247 media, 3.1 GB, peak 8, mean 7.2, throttled 0×` */
  readonly line: string;
  readonly exitCode: ExitCode;
}

/**
 * Exports chats, one after the other, and renders each. A chat that may not be read is listed, and the others go on;
 * anything else that stops a chat stops the run, with everything written so far in the archive.
 *
 * @throws {ChatferryError} what stopped the run; the signal's reason when it aborts.
 */
export async function runExport(request: ExportRequest): Promise<ExportSummary> {
  const { settings, source, reporter, chats, signal } = request;
  using archive = await Archive.open(settings.exportDir);
  const processor = await createProcessor(settings, {
    observer: {
      onThrottle: ({ closed, residentBytes, limitBytes }) =>
        reporter.event({ type: 'throttle', on: closed, residentBytes, limitBytes }),
      onFallback: (active, errorRatio) => reporter.event({ type: 'fallback-to-sequential', active, errorRatio }),
    },
  });
  const exporter = new Exporter({
    source,
    archive,
    processor,
    mode: exportMode(settings),
    selection: {
      kinds: new Set(settings.mediaKinds),
      ...(settings.maxMediaSizeBytes > 0 ? { maxSizeBytes: settings.maxMediaSizeBytes } : {}),
    },
    reporter,
    openMediaFiles: (folder) => new MediaFiles({ directory: archive.directory, folder }),
  });

  const exported: ExportedChat[] = [];
  const refused: { chat: Chat; error: unknown }[] = [];
  for (const chat of chats) {
    signal.throwIfAborted();
    try {
      exported.push(await exportChat(chat, { request, archive, processor, exporter }));
    } catch (error) {
      if (!isChatferryError(error, 'NO_ACCESS') || chats.length === 1) throw error;
      refused.push({ chat, error });
      reporter.event({ type: 'note', text: `${chat.title}: ${errorMessage(error)}` });
    }
  }
  const metrics = mergeSnapshots(exported.map((chat) => chat.metrics));
  return {
    directory: archive.directory,
    chats: exported,
    refused,
    metrics,
    line: summaryLine(metrics),
    exitCode: exitCode(exported, refused),
  };
}

interface ExportParts {
  readonly request: ExportRequest;
  readonly archive: Archive;
  readonly processor: ParallelMediaProcessor;
  readonly exporter: Exporter;
}

async function exportChat(chat: Chat, parts: ExportParts): Promise<ExportedChat> {
  const { request, archive, processor, exporter } = parts;
  const startedMs = Date.now();
  const before = archive.messageCount(chat.id);
  const mode = exportMode(request.settings);
  const runId = archive.beginRun({ command: 'export', chatId: chat.id, mode, startedAtMs: startedMs });
  processor.resetMetrics();

  const report = async (outcome: ExportOutcome, error?: unknown): Promise<string> => {
    const stored: StoredChat = archive.placeChat(chat);
    const endedMs = Date.now();
    const concurrency = processor.metrics();
    const messageCount = archive.messageCount(chat.id);
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
    const document = exportReport({
      chat: stored,
      outcome,
      ...(error === undefined ? {} : { error: errorMessage(error) }),
      startedMs,
      endedMs,
      peakResidentBytes: maxRSS * 1024, // Node gives kilobytes on every platform.
      cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
      mode,
      configuration: processor.configuration,
      newMessageCount: messageCount - before,
      messageCount,
      missing: archive.missingMedia(chat.id),
      concurrency,
      series: processor.series(),
    });
    archive.endRun(runId, {
      endedAtMs: endedMs,
      outcome,
      messageCount: messageCount - before,
      mediaCount: concurrency.mediaCount - concurrency.failedMediaCount,
      failedMediaCount: concurrency.failedMediaCount,
      receivedBytes: concurrency.bytes,
      ...(error === undefined ? {} : { errorMessage: errorMessage(error) }),
      report: document,
    });
    const path = join(archive.directory, stored.folder, 'report.json');
    await writeDurably(path, `${JSON.stringify(document, null, 1)}\n`);
    return path;
  };

  try {
    const result = await exporter.export(chat, request.signal);
    const renderedPaths = await render(result.chat, parts);
    return {
      chat,
      folder: join(archive.directory, result.chat.folder),
      newMessageCount: result.newMessageCount,
      messageCount: result.messageCount,
      missing: result.missing,
      renderedPaths,
      reportPath: await report(result.missing.some(couldBeFetched) ? 'media-missing' : 'complete'),
      metrics: processor.metrics(),
    };
  } catch (error) {
    // The report is a courtesy here: what stopped the run matters more than a disk that refuses the report as well.
    await report(request.signal.aborted ? 'interrupted' : 'failed', error).catch(() => undefined);
    throw error;
  }
}

async function render(chat: StoredChat, { request, archive }: ExportParts): Promise<readonly string[]> {
  const { settings, formats, reporter, signal } = request;
  const paths: string[] = [];
  for (const format of formats) {
    const rendered = await rendererFor(format).render(archive, chat, {
      directory: archive.directory,
      ...(settings.timeZone === undefined ? {} : { timeZone: settings.timeZone }),
      signal,
    });
    paths.push(...rendered.paths);
    for (const path of rendered.paths) reporter.event({ type: 'rendered', format, path });
  }
  return paths;
}

function exitCode(exported: readonly ExportedChat[], refused: ExportSummary['refused']): ExitCode {
  const [first] = refused;
  if (first !== undefined) return exitCodeOf(first.error);
  return exported.some(({ missing }) => missing.some(couldBeFetched)) ? ExitCode.mediaMissing : ExitCode.complete;
}

/** What Telegram does not hand out is listed, and no shortcoming of the run. */
function couldBeFetched({ media }: MissingMedia): boolean {
  return media.unavailableReason === undefined;
}
