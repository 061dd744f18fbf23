import type { DerivativeProblem } from '../archive/description.js';
import type { UnreadableMessage } from '../archive/tables/message-table.js';
import type { MissingMedia, NotedMedia, StoredChat } from '../archive/records.js';
import { shownChatId } from '../chat/shown-chat.js';
import type { ConcurrencySnapshot } from '../metrics/concurrency-metrics.js';
import type { ConcurrencyPoint } from '../metrics/concurrency-series.js';
import { summaryLine } from '../metrics/summary-line.js';
import type { DescriptionCount } from './description-count.js';
import type { DownloadAccount } from './download-account.js';
import type { ExportMode } from './exporter.js';
import type { CheckedConfiguration } from './processor/processor-configuration.js';

/** How a run ended for one chat. */
export type ExportOutcome = 'complete' | 'media-missing' | 'interrupted' | 'failed';

export interface ExportReportInput {
  readonly chat: StoredChat;
  readonly outcome: ExportOutcome;
  /** The error that stopped it, for users. */
  readonly error?: string;
  /** UTC milliseconds. */
  readonly startedMs: number;
  /** UTC milliseconds. */
  readonly endedMs: number;
  /** Of the process so far. */
  readonly peakResidentBytes: number;
  /** User and system time of the process so far. */
  readonly cpuSeconds: number;
  readonly mode: ExportMode;
  readonly configuration: CheckedConfiguration;
  readonly newMessageCount: number;
  readonly messageCount: number;
  readonly missing: readonly MissingMedia[];
  readonly noted: readonly NotedMedia[];
  readonly unreadable: readonly UnreadableMessage[];
  /** Undefined if no derivatives were requested. */
  readonly described?: DescriptionCount | undefined;
  /** Derivatives that could not be made, including those of earlier runs. */
  readonly derivativeProblems: readonly DerivativeProblem[];
  readonly concurrency: ConcurrencySnapshot;
  readonly series: readonly ConcurrencyPoint[];
  /** Undefined if nothing was downloaded. */
  readonly downloads?: DownloadAccount | undefined;
}

/** The version of report.json. It rises when readers of the old version would misread the new one. */
export const REPORT_VERSION = 1;

/** The last run of one chat, as stored in `report.json`. Times are ISO 8601 in UTC. */
export function exportReport(input: ExportReportInput): Readonly<Record<string, unknown>> {
  const { chat, concurrency, configuration } = input;
  return {
    version: REPORT_VERSION,
    chat: { ...shownChatId(chat.chat.id), title: chat.chat.title, kind: chat.chat.kind, folder: chat.folder },
    run: {
      outcome: input.outcome,
      ...(input.error === undefined ? {} : { error: input.error }),
      startedAt: new Date(input.startedMs).toISOString(),
      endedAt: new Date(input.endedMs).toISOString(),
      wallSeconds: (input.endedMs - input.startedMs) / 1000,
      cpuSeconds: input.cpuSeconds,
      peakResidentBytes: input.peakResidentBytes,
      mode: input.mode,
      maxConcurrent: configuration.enableParallel ? configuration.maxConcurrent : 1,
      windowSize: configuration.windowSize,
      memoryLimitMb: Math.round(configuration.memoryLimitMb),
    },
    messages: {
      new: input.newMessageCount,
      total: input.messageCount,
      unreadable: input.unreadable.map(({ id, kind }) => ({ messageId: id, kind })),
    },
    summary: summaryLine(concurrency),
    concurrency,
    missing: input.missing.map(({ messageId, media, code, reason }) => ({
      messageId,
      kind: media.kind,
      ...(media.fileName === undefined ? {} : { fileName: media.fileName }),
      ...(media.sizeBytes === undefined ? {} : { sizeBytes: media.sizeBytes }),
      code,
      reason,
      triedAgain: media.unavailableReason === undefined,
    })),
    notes: input.noted.map(({ messageId, media, file, note }) => ({
      messageId,
      kind: media.kind,
      path: file.path,
      ...(media.sizeBytes === undefined ? {} : { announcedBytes: media.sizeBytes }),
      sizeBytes: file.original?.sizeBytes ?? file.sizeBytes,
      note,
    })),
    derivatives: {
      ...input.described,
      problems: input.derivativeProblems,
    },
    series: input.series,
    ...(input.downloads === undefined ? {} : { downloads: input.downloads }),
  };
}
