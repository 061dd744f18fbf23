import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import type { Settings } from '../../config/settings.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import { openChatferrySubject } from './chatferry-subject.js';
import type { DownloadSubject, SubjectAccess, SubjectControl, SubjectOptions } from './download-subject.js';
import { openGramjsSubject } from './gramjs-subject.js';
import { openMtcuteSubject } from './mtcute-subject.js';

export type DownloadClientName = 'chatferry' | 'gramjs' | 'mtcute';

/** The task of one client process. */
export interface DownloadTask {
  readonly client: DownloadClientName;
  readonly access: SubjectAccess;
  /** Without `@`. */
  readonly chat: string;
  /** Whether to fetch the files or to read the messages. */
  readonly work: 'files' | 'history';
  /** Files at once. */
  readonly parallelCount: number;
  /** For the files; created, and removed afterwards. */
  readonly directory: string;
}

/** Bytes received in one interval. */
export interface ThroughputPoint {
  readonly atMs: number;
  readonly bytes: number;
}

/** The result of one client process. */
export interface DownloadRun {
  /**
   * The time for the files, synced to disk, or for the history. Excludes connecting, logging in, listing and hashing.
   */
  readonly wallSeconds: number;
  /** Over the same time. */
  readonly cpuSeconds: number;
  /** Of the whole process. */
  readonly peakResidentBytes: number;
  readonly bytes: number;
  readonly messageCount: number;
  /** SHA-256 over every file's SHA-256, or over every message, by ascending id. Equal digests mean equal work. */
  readonly digest: string;
  readonly series: readonly ThroughputPoint[];
  /** The client's own record of its flow control, if it has one, over the same time. */
  readonly control: SubjectControl;
}

const SERIES_STEP_MS = 100;

const OPEN: Readonly<Record<DownloadClientName, (options: SubjectOptions) => Promise<DownloadSubject>>> = {
  chatferry: openChatferrySubject,
  gramjs: openGramjsSubject,
  mtcute: openMtcuteSubject,
};

/**
 * Runs one client on one task and measures this process, which should do nothing else.
 *
 * @throws {ChatferryError} `USAGE` when the client's package is missing; whatever the client throws.
 */
export async function runDownloadClient(
  task: DownloadTask,
  { settings, signal }: { readonly settings: Settings; readonly signal: AbortSignal },
): Promise<DownloadRun> {
  await mkdir(task.directory, { recursive: true });
  await using subject = await OPEN[task.client]({ access: task.access, settings, signal });
  try {
    return task.work === 'files' ? await fetchFiles(task, subject) : await readMessages(task, subject);
  } finally {
    // If one file failed, others may still be written. Only the first error counts.
    await rm(task.directory, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  }
}

async function fetchFiles(task: DownloadTask, subject: DownloadSubject): Promise<DownloadRun> {
  const files = [...(await subject.files(task.chat))].sort((one, other) => one.messageId - other.messageId);
  const pathOf = (messageId: number): string => join(task.directory, `${messageId}.bin`);
  const meter = new Meter();
  const queue = files.values();
  // Workers share one queue, so that each takes the next file as soon as it has finished one.
  const worker = async (): Promise<void> => {
    for (const { messageId, fetch } of queue) {
      const path = pathOf(messageId);
      await fetch(path, (count) => meter.add(count));
      // Only this program syncs files itself; the other clients must be measured with the same work.
      if (task.client !== 'chatferry') await syncToDisk(path);
    }
  };
  await Promise.all(Array.from({ length: task.parallelCount }, worker));
  const measured = meter.end();
  const digest = createHash('sha256');
  for (const { messageId } of files) digest.update(await sha256OfPath(pathOf(messageId)));
  return {
    ...measured,
    messageCount: files.length,
    digest: digest.digest('hex'),
    control: subject.control?.(meter.startMs) ?? { series: [], decisions: [] },
  };
}

async function readMessages(task: DownloadTask, subject: DownloadSubject): Promise<DownloadRun> {
  const texts = new Map<number, string>();
  const read = await subject.history(task.chat);
  const meter = new Meter();
  await read((id, text) => texts.set(id, text));
  const measured = meter.end();
  const digest = createHash('sha256');
  for (const [id, text] of [...texts].sort(([one], [other]) => one - other)) digest.update(`${id} ${text}\n`);
  return {
    ...measured,
    messageCount: texts.size,
    digest: digest.digest('hex'),
    control: { series: [], decisions: [] },
  };
}

async function syncToDisk(path: string): Promise<void> {
  await using file = await open(path, 'r+');
  await file.sync();
}

async function sha256OfPath(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Time, processor time and bytes since its creation. */
class Meter {
  readonly startMs: number = performance.now();
  readonly #startCpu = process.cpuUsage();
  readonly #steps: number[] = [];
  #bytes = 0;

  add(count: number): void {
    this.#bytes += count;
    const step = Math.floor((performance.now() - this.startMs) / SERIES_STEP_MS);
    this.#steps[step] = (this.#steps[step] ?? 0) + count;
  }

  end(): Pick<DownloadRun, 'wallSeconds' | 'cpuSeconds' | 'peakResidentBytes' | 'bytes' | 'series'> {
    const wallSeconds = (performance.now() - this.startMs) / 1000;
    const { user, system } = process.cpuUsage(this.#startCpu);
    return {
      wallSeconds,
      cpuSeconds: (user + system) / 1e6,
      // Node reports kilobytes of 1024 bytes on every system.
      peakResidentBytes: process.resourceUsage().maxRSS * 1024,
      bytes: this.#bytes,
      series: Array.from(this.#steps, (bytes: number | undefined, index) => ({
        atMs: index * SERIES_STEP_MS,
        bytes: bytes ?? 0,
      })),
    };
  }
}

/** Parses the output of a client process. @throws {ChatferryError} `INTERNAL` if it is invalid. */
export function readDownloadRun(line: string): DownloadRun {
  const run = JSON.parse(line) as DownloadRun;
  if (run.digest.length === 64) return run;
  throw new ChatferryError('INTERNAL', `A client printed no measurement: ${line.slice(0, 200)}`);
}
