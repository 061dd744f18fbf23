import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';

import { z } from 'zod';

import type { Settings } from '../../config/settings.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import { ProcessTree } from '../../memory/process-tree.js';
import { proportionalBytes } from './proportional-memory.js';

/** The task of one client process of the media benchmark. */
export interface MediaTask {
  readonly client: 'process' | 'raw-sharp';
  readonly files: readonly string[];
  /** Of `process`. */
  readonly workers: number;
  /** For derivatives; created if necessary. */
  readonly directory: string;
}

/** The result of one client process. */
export interface MediaRun {
  /**
   * Until the last result. Excludes the start of this process, includes the start of the workers and the loading of
   * sharp.
   */
  readonly wallSeconds: number;
  /**
   * Of this process, the workers and their programs at one moment. Shared pages count once, if the system provides
   * that.
   */
  readonly peakResidentBytes: number;
  /**
   * The share of time that a worker was processing a file, 0 … 1. The rest is starting, ending and waiting for this
   * process.
   */
  readonly busyRatio?: number;
  readonly thumbnailCount: number;
  /** Files with problems. */
  readonly problemCount: number;
}

/** A sample takes about 5 ms of a core. */
const SAMPLE_INTERVAL_MS = 250;

/** Runs one client on one task and measures this process, which should do nothing else. */
export async function runMediaClient(
  { client, files, workers, directory }: MediaTask,
  { settings, signal }: { readonly settings: Settings; readonly signal: AbortSignal },
): Promise<MediaRun> {
  await mkdir(directory, { recursive: true });
  const tree = new ProcessTree();
  const memory = new PeakMemory(tree);
  const startedMs = performance.now();
  let thumbnailCount = 0;
  let problemCount = 0;
  let busyMs = 0;
  if (client === 'raw-sharp') {
    const { makeRawThumbnails } = await import('./raw-sharp-subject.js');
    thumbnailCount = await makeRawThumbnails(files, { directory, count: availableParallelism(), signal });
  } else {
    const { processMedia } = await import('../../app/process-media.js');
    const { ffmpegPath, ffprobePath } = settings;
    for await (const result of processMedia(files, {
      out: directory,
      workers,
      tree,
      ffmpegPath,
      ffprobePath,
      ffmpegAnyVersion: true, // The films were made by this benchmark, so they are trusted.
      signal,
    })) {
      busyMs += result.wallMs;
      if (result.state === 'failed') problemCount += 1;
      else {
        thumbnailCount += result.derivatives.filter(({ kind }) => kind === 'thumbnail').length;
        if (result.problems.length > 0) problemCount += 1;
      }
    }
  }
  const wallSeconds = (performance.now() - startedMs) / 1000;
  return {
    wallSeconds,
    peakResidentBytes: await memory.end(),
    ...(client === 'process' ? { busyRatio: busyMs / 1000 / wallSeconds / workers } : {}),
    thumbnailCount,
    problemCount,
  };
}

/** Samples the memory of the process tree until it is stopped. */
class PeakMemory {
  readonly #tree: ProcessTree;
  readonly #looking: Promise<void>;
  #peakBytes = 0;
  #hasEnded = false;
  #wake: () => void = () => undefined;

  constructor(tree: ProcessTree) {
    this.#tree = tree;
    this.#looking = this.#look();
  }

  async end(): Promise<number> {
    this.#hasEnded = true;
    this.#wake();
    await this.#looking;
    return this.#peakBytes;
  }

  async #bytes(): Promise<number> {
    return (await proportionalBytes([process.pid, ...this.#tree.pids])) ?? this.#tree.residentBytes();
  }

  async #look(): Promise<void> {
    for (;;) {
      this.#peakBytes = Math.max(this.#peakBytes, await this.#bytes());
      if (this.#hasEnded) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, SAMPLE_INTERVAL_MS);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

const runSchema = z.object({
  wallSeconds: z.number().positive(),
  peakResidentBytes: z.number().positive(),
  busyRatio: z.number().exactOptional(),
  thumbnailCount: z.number().int(),
  problemCount: z.number().int(),
});

/** Parses the output of a client process. @throws {ChatferryError} `INTERNAL` if it is invalid. */
export function readMediaRun(text: string): MediaRun {
  const run = runSchema.safeParse(JSON.parse(text));
  if (run.success) return run.data;
  throw new ChatferryError('INTERNAL', `A client printed no measurement: ${z.prettifyError(run.error)}`);
}
