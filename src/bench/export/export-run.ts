import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { ConcurrencySnapshot } from '../../metrics/concurrency-metrics.js';
import type { ConcurrencyPoint } from '../../metrics/concurrency-series.js';
import { type ChildEnvironment, runToEnd } from '../child-program.js';

export interface ExportRunOptions {
  /** Further arguments of `export`, besides the chat and the directory. */
  readonly args: readonly string[];
  readonly chat: string;
  readonly environment: ChildEnvironment;
  /** A new folder for the archive; removed afterwards. */
  readonly directory: string;
  readonly signal: AbortSignal;
}

/** The result of one export in its own process, from its report. */
export interface ExportRun {
  /** From the first request for the chat's history to the last rendered byte. */
  readonly wallSeconds: number;
  readonly messageCount: number;
  readonly mediaCount: number;
  readonly bytes: number;
  /** The part of `bytes` that was downloaded. */
  readonly downloadedBytes: number;
  /** Jobs in flight divided by permits, both integrated over time: 0 … 1. */
  readonly utilisation: number;
  readonly meanConcurrency: number;
  readonly peakResidentBytes: number;
  /** User and system time of the whole process, from its start. */
  readonly cpuSeconds: number;
  readonly series: readonly ConcurrencyPoint[];
  /**
   * Of the rendered result.json, which has the size and SHA-256 of every media file. Equal digests mean equal exports.
   */
  readonly digest: string;
}

interface Report {
  readonly run: { readonly wallSeconds: number; readonly peakResidentBytes: number; readonly cpuSeconds: number };
  readonly downloads?: { readonly bytes: number };
  readonly messages: { readonly new: number };
  readonly concurrency: ConcurrencySnapshot;
  readonly series: readonly ConcurrencyPoint[];
}

interface SummaryLine {
  readonly type: string;
  readonly chats?: readonly { readonly folder: string; readonly reportPath: string }[];
}

/** Exports a chat once into a new archive. @throws {ChatferryError} `INTERNAL` when it does not complete. */
export async function runExportOnce(options: ExportRunOptions): Promise<ExportRun> {
  const { args, chat, environment, directory, signal } = options;
  try {
    const output = await runToEnd(['export', chat, '--out', directory, '--json', ...args], {
      environment,
      cwd: join(directory, '..'),
      signal,
    });
    const summary = JSON.parse(output.trim().split('\n').at(-1) ?? '') as SummaryLine;
    const { folder = '', reportPath = '' } = summary.chats?.[0] ?? {};
    const report = JSON.parse(await readFile(reportPath, 'utf8')) as Report;
    const { concurrency, series, run, downloads } = report;
    return {
      wallSeconds: run.wallSeconds,
      messageCount: report.messages.new,
      mediaCount: concurrency.mediaCount,
      bytes: concurrency.bytes,
      downloadedBytes: downloads?.bytes ?? 0,
      utilisation: concurrency.utilisation,
      meanConcurrency: concurrency.meanConcurrency,
      peakResidentBytes: run.peakResidentBytes,
      cpuSeconds: run.cpuSeconds,
      series,
      digest: createHash('sha256')
        .update(await readFile(join(folder, 'result.json')))
        .digest('hex'),
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
