import { dirname, join } from 'node:path';

import type { Archive } from '../../archive/archive.js';
import { writeDurably } from '../../disk/durable-file.js';
import { makeOwnFolder } from '../../disk/tree-folder.js';
import type { RunEnd } from '../../archive/run-record.js';
import type { Chat } from '../../chat/chat.js';
import { errorMessage } from '../../errors/chatferry-error.js';
import { downloadsSince } from '../../pipeline/download-account.js';
import { type ExportOutcome, exportReport } from '../../pipeline/export-report.js';
import { lastChangeBefore, type ReportDocument, reportText } from './last-change.js';
import type { DescriptionCount } from '../../pipeline/description-count.js';
import type { ExportMode } from '../../pipeline/exporter.js';
import type { ProcessorRun } from '../../pipeline/processor/processor-run.js';
import type { DownloadMetrics, ExportSource } from '../../source/live-source.js';

export interface ChatRunOptions {
  readonly chat: Chat;
  /** The source of the chat. */
  readonly source: ExportSource;
  readonly archive: Archive;
  readonly processorRun: Pick<ProcessorRun, 'metrics' | 'series' | 'configuration'>;
  readonly mode: ExportMode;
}

interface Report {
  /** Absolute. */
  readonly path: string;
  readonly document: ReportDocument;
  readonly end: RunEnd;
}

/** The run of one chat's export: a row among the archive's runs, and `report.json`. */
export class ChatRun {
  readonly #options: ChatRunOptions;
  readonly #id: number;
  readonly #startedMs = Date.now();
  readonly #messagesBefore: number;
  readonly #downloadsBefore: DownloadMetrics | undefined;

  /** Records the start of the run. @throws {ChatferryError} `FILE_SYSTEM` */
  constructor(options: ChatRunOptions) {
    this.#options = options;
    const { archive, chat, mode, source } = options;
    this.#downloadsBefore = source.downloadMetrics?.();
    this.#messagesBefore = archive.messageCount(chat.id);
    this.#id = archive.beginRun({
      command: 'export',
      chatId: chat.id,
      account: source.account.id,
      mode,
      startedAtMs: this.#startedMs,
    });
    archive.placeChat(chat);
    archive.chatAccounts.note(chat.id, source.account.id, { atMs: this.#startedMs, runId: this.#id });
  }

  /**
   * Writes the report and records the end, in this order: a run without a report must not count as complete.
   *
   * @returns the absolute path of the report.
   * @throws {ChatferryError} `FILE_SYSTEM`
   */
  async end(outcome: 'complete' | 'media-missing', described?: DescriptionCount): Promise<string> {
    const { path, document, end } = this.#report(outcome, { described });
    await writeDurably(path, reportText(document, await lastChangeBefore(path, document)));
    this.#options.archive.endRun(this.#id, end);
    return path;
  }

  /**
   * The same for a run that `error` stopped, as far as possible. Never rejects: `error` matters more than a failure to
   * write the report.
   */
  async endEarly(outcome: 'interrupted' | 'failed', error: unknown): Promise<void> {
    const noteEnd = async (): Promise<void> => {
      const { path, document, end } = this.#report(outcome, { error });
      this.#options.archive.endRun(this.#id, end);
      // The run may have failed before the folder was created.
      const { directory, folderMode } = this.#options.archive;
      await makeOwnFolder(directory, dirname(path), { mode: folderMode });
      await writeDurably(path, reportText(document, await lastChangeBefore(path, document)));
    };
    await noteEnd().catch(() => undefined);
  }

  #report(
    outcome: ExportOutcome,
    { error, described }: { readonly error?: unknown; readonly described?: DescriptionCount | undefined },
  ): Report {
    const { archive, chat, processorRun, mode, source } = this.#options;
    const endedMs = Date.now();
    const stored = archive.placeChat(chat);
    const concurrency = processorRun.metrics();
    const messageCount = archive.messageCount(chat.id);
    const newMessageCount = messageCount - this.#messagesBefore;
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
    const document = exportReport({
      chat: stored,
      outcome,
      ...(error === undefined ? {} : { error: errorMessage(error) }),
      startedMs: this.#startedMs,
      endedMs,
      peakResidentBytes: maxRSS * 1024, // Node reports kilobytes on every platform.
      cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
      mode,
      configuration: processorRun.configuration,
      newMessageCount,
      messageCount,
      missing: archive.missingMedia(chat.id),
      noted: archive.notedMedia(chat.id),
      unreadable: archive.unreadableMessages(chat.id),
      described,
      derivativeProblems: archive.descriptions.problems(chat.id),
      concurrency,
      series: processorRun.series(),
      downloads: downloadsSince(this.#downloadsBefore, source.downloadMetrics?.()),
    });
    const end: RunEnd = {
      endedAtMs: endedMs,
      outcome,
      messageCount: newMessageCount,
      mediaCount: concurrency.mediaCount - concurrency.failedMediaCount,
      failedMediaCount: concurrency.failedMediaCount,
      storedBytes: concurrency.bytes,
      ...(error === undefined ? {} : { errorMessage: errorMessage(error) }),
      report: document,
    };
    const path = join(archive.directory, stored.folder, 'report.json');
    return { path, document, end };
  }
}
