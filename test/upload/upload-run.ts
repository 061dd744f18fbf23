import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { Bandwidth } from '../../src/upload/pace/bandwidth.js';
import { Parallelism } from '../../src/upload/pace/parallelism.js';
import { Retry } from '../../src/upload/pace/retry.js';
import { Rollout } from '../../src/upload/pace/rollout.js';
import { SharedPause } from '../../src/upload/pace/shared-pause.js';
import { SessionFiles } from '../../src/upload/session/session-files.js';
import type { TargetRun, UploadCheck } from '../../src/upload/target-run.js';
import { Uploader } from '../../src/upload/uploader.js';
import type { ArrivedFile, UploadedFile, UploadItem } from '../../src/upload/uploaded-file.js';
import type { UploadProgress } from '../../src/upload/progress/upload-progress.js';
import { UploadStore } from '../../src/upload/session/upload-store.js';
import type { UploadTarget } from '../../src/upload/upload-target.js';

export interface TestRun extends Disposable {
  readonly run: TargetRun;
  readonly notes: string[];
  readonly events: UploadProgress[];
  /** Files that were there, in the order in which they came. */
  readonly arrived: ArrivedFile[];
  upload(items: readonly UploadItem[], signal?: AbortSignal): Promise<readonly UploadedFile[]>;
}

export interface TestRunOptions {
  readonly target: UploadTarget;
  /** Where sessions go. */
  readonly folder: string;
  readonly most?: number;
  readonly percent?: number;
  readonly chosenPartBytes?: number;
  readonly sessionName?: string;
  /** @defaultValue 0: no limit */
  readonly bytesPerSecond?: number;
  readonly maxRetries?: number;
  readonly compress?: boolean;
  readonly check?: UploadCheck;
  /** Checks the target beside the reading of the first files. */
  readonly checkTarget?: (uploader: Uploader, signal: AbortSignal) => Promise<void>;
  readonly now?: () => number;
  readonly onEvent?: (event: UploadProgress) => void;
}

/** Everything an upload needs, as the program puts it together, without waits between tries. */
export async function testRun(options: TestRunOptions): Promise<TestRun> {
  const { target, folder, most = 3, percent = 100, maxRetries = 3, now = Date.now, onEvent } = options;
  const notes: string[] = [];
  const events: UploadProgress[] = [];
  const arrived: ArrivedFile[] = [];
  const sessionsFolder = join(folder, 'sessions');
  mkdirSync(sessionsFolder, { recursive: true });
  const store = new UploadStore(sessionsFolder);
  const clock = () => performance.now();
  let pausedMs = 0;
  const run: TargetRun = {
    target,
    parallelism: new Parallelism({ most, now: clock }),
    rollout: new Rollout({ percent, onTurnBack: (reason) => notes.push(reason) }),
    bandwidth: new Bandwidth({ bytesPerSecond: options.bytesPerSecond ?? 0 }),
    retry: new Retry({ maxRetries, wait: () => new Promise((resolve) => setImmediate(resolve)) }),
    pause: new SharedPause({
      now: () => pausedMs,
      wait: (ms) => {
        pausedMs += ms;
        return Promise.resolve();
      },
    }),
    sessions: await SessionFiles.open(sessionsFolder),
    store,
    ...(options.chosenPartBytes === undefined ? {} : { chosenPartBytes: options.chosenPartBytes }),
    ...(options.sessionName === undefined ? {} : { sessionName: options.sessionName }),
    ...(options.check === undefined ? {} : { check: options.check }),
    sessionLifeMs: 48 * 3_600_000,
    ...(options.compress === undefined ? {} : { compress: options.compress }),
    now,
    onNote: (text) => notes.push(text),
  };
  const reporter = {
    event: (event: UploadProgress) => {
      events.push(event);
      onEvent?.(event);
    },
  };
  const { checkTarget: checking } = options;
  const onArrived = (file: ArrivedFile): unknown => arrived.push(file);
  const uploader = new Uploader({ run, reporter, onArrived, ...(checking === undefined ? {} : { check: checking }) });
  return {
    run,
    notes,
    events,
    arrived,
    upload: async (items, signal = new AbortController().signal) => {
      const done: UploadedFile[] = [];
      for await (const file of uploader.upload(each(items), signal)) done.push(file);
      return done;
    },
    [Symbol.dispose]: () => {
      store[Symbol.dispose]();
    },
  };
}

/** Items as an uploader takes them. */
// eslint-disable-next-line @typescript-eslint/require-await -- The uploader takes what comes in time.
export async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
