import { ChatferryError, type ErrorCode, isChatferryError } from '../../errors/chatferry-error.js';
import { Bandwidth } from '../../upload/pace/bandwidth.js';
import type { TargetRun, UploadCheck } from '../../upload/target-run.js';
import type { ArrivedFile, UploadedFile, UploadItem } from '../../upload/uploaded-file.js';
import { Uploader } from '../../upload/uploader.js';
import type { UploadTarget } from '../../upload/upload-target.js';
import type { UploadReporter } from '../../upload/progress/upload-progress.js';
import { SESSION_ID } from '../../upload/session/upload-session.js';
import type { ItemsOpening } from './items/items-opening.js';
import { apartItems, requireApart, type SourcePlace } from './items/apart-from-sources.js';
import { checkTarget } from './targets/check-target.js';
import { failureOf, TargetTally, type TargetReport, type UploadReport } from './job-report.js';
import { watchMemory } from './memory-watch.js';
import { openTarget, type OpenedTarget } from './open-target.js';
import { SessionCleaning } from './session-cleaning.js';
import { openSessionRoom, type SessionRoom } from './session-room.js';
import type { TargetSettings } from './target-kind.js';
import { targetRunOf } from './target-run-of.js';

/** Maximum length of the user's part of a session id: see `sessionIdOf`. */
const MAX_SESSION_NAME = 79;

/** Errors that do not concern a single target. */
const ENDS_ALL: ReadonlySet<ErrorCode> = new Set(['INTERNAL', 'USAGE', 'FILE_SYSTEM']);

/** The files of an upload, opened for one iteration. */
export interface OpenedItems extends AsyncDisposable {
  /** The places of the sources. No target may be inside them. */
  readonly sources: readonly SourcePlace[];
  items(signal: AbortSignal): AsyncIterable<UploadItem>;
}

export interface UploadJobOptions {
  /** The specs of `--to`. Targets are served one after the other, in this order. */
  readonly to: readonly string[];
  /** Opens the files again for each target. */
  readonly openItems: (opening: ItemsOpening) => Promise<OpenedItems>;
  readonly settings: TargetSettings;
  /** The base of relative paths. */
  readonly cwd: string;
  /** The folder for files that a target returns, absolute: beside the manifest. @defaultValue `cwd` */
  readonly outputFolder?: string | undefined;
  /** Names the sessions. The same name resumes them, even if the files have moved. */
  readonly sessionName?: string | undefined;
  /** One request at a time. @defaultValue false */
  readonly isSequential?: boolean;
  /** How to determine that an earlier upload is still there. @defaultValue `far-end` */
  readonly check?: UploadCheck | undefined;
  /**
   * Resident bytes above which files are sent one after the other.
   *
   * @defaultValue the memory of the machine or control group
   */
  readonly memoryLimitBytes?: number;
  readonly reporter: UploadReporter;
  /**
   * Called with each file as soon as it is uploaded, in no particular order. It is yielded later, unless the run ends
   * before.
   */
  readonly onArrived?: (file: ArrivedFile) => void;
  /** Called with notes for the user. */
  readonly onNote: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Uploads files to targets. Several jobs may run in one process. */
export class UploadJob {
  readonly #options: UploadJobOptions;
  readonly #bandwidth: Bandwidth;

  /** @throws {ChatferryError} `USAGE` for an invalid session name, and if no target is named. */
  constructor(options: UploadJobOptions) {
    requireSessionName(options.sessionName);
    if (options.to.length === 0) throw new ChatferryError('USAGE', 'Name a target, such as --to dir:/path.');
    this.#options = options;
    const { uploadBandwidthLimit, uploadBandwidthBurstSeconds } = options.settings;
    this.#bandwidth = new Bandwidth({
      bytesPerSecond: uploadBandwidthLimit,
      burstSeconds: uploadBandwidthBurstSeconds,
    });
  }

  /** Takes effect with the next bytes. @param bytesPerSecond - 0: no limit. */
  setBandwidthLimit(bytesPerSecond: number): void {
    this.#bandwidth.setLimit(bytesPerSecond);
  }

  /**
   * Sends everything. Yields the result of each file, in the order of the files, target by target. Call it once.
   *
   * @returns the report.
   * @throws {ChatferryError} `USAGE`, before anything is sent; `FILE_SYSTEM`. The signal's reason when it aborts:
   *   sessions stay, and the same job resumes. If a target is given up, its remaining files fail with the reason, which
   *   is also in the report.
   */
  async *run(): AsyncGenerator<UploadedFile, UploadReport, void> {
    const { to, settings, cwd, outputFolder, onNote, signal } = this.#options;
    const startedMs = performance.now();
    const opened: OpenedTarget[] = [];
    try {
      for (const spec of new Set(to)) opened.push(await openTarget(spec, { settings, cwd, outputFolder }));
      using room = await openSessionRoom(settings);
      await using cleaning = new SessionCleaning({ settings, cwd, room, now: Date.now, onNote });
      await cleaning.begin(
        opened.map(({ target }) => target.id),
        signal,
      );
      const targets: TargetReport[] = [];
      const failureCodes = new Set<ErrorCode>();
      for (const one of opened) {
        const tally = new TargetTally();
        targets.push(yield* this.#toTarget(one, { tally, room, targets: opened.map(({ target }) => target) }));
        for (const code of tally.failureCodes) failureCodes.add(code);
      }
      return { targets, failureCodes, wallMs: performance.now() - startedMs };
    } finally {
      for (const target of opened) await target[Symbol.asyncDispose]();
    }
  }

  async *#toTarget(
    { target }: OpenedTarget,
    { tally, room, targets }: { tally: TargetTally; room: SessionRoom; targets: readonly UploadTarget[] },
  ): AsyncGenerator<UploadedFile, TargetReport, void> {
    const { settings, openItems, sessionName, isSequential = false, check, onNote, reporter, signal } = this.#options;
    const run = targetRunOf({
      target,
      settings,
      room,
      bandwidth: this.#bandwidth,
      isSequential,
      sessionName,
      check,
      onNote,
    });
    const uploader = new Uploader({
      run,
      reporter,
      onArrived: this.#options.onArrived,
      check: (itself, signal) => requireTarget(run, itself, signal),
    });
    let failure: ChatferryError | undefined;
    // If this run cannot remove a copy that it has made, a later one does.
    const makeSpool = () => room.store.makeSpool();
    await using files = await openItems({ makeSpool, sessionFolder: settings.uploadSessionDir });
    requireApart(targets, files.sources); // Checked for all targets before the first receives a file.
    const watch = await watchMemory([run.rollout], this.#options.memoryLimitBytes);
    try {
      const items = apartItems(files.items(signal), target, files.sources);
      for await (const file of uploader.upload(items, signal)) {
        tally.add(file);
        yield file;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!isChatferryError(error) || ENDS_ALL.has(error.code)) throw error;
      failure = error;
    } finally {
      watch[Symbol.dispose]();
    }
    const { uploadedCount, presentCount, failedCount, sizeBytes } = tally;
    const { metrics: paths, turnedBack } = run.rollout;
    failure ??= uploader.givenUp;
    return {
      target: target.id,
      ...{ uploadedCount, presentCount, failedCount, sizeBytes, paths },
      ...(turnedBack === undefined ? {} : { turnedBack }),
      ...(failure === undefined ? {} : { failure: failureOf(failure) }),
    };
  }
}

/** If a target refuses, all its files fail. @throws {ChatferryError} errors that do not concern the target. */
async function requireTarget(run: TargetRun, uploader: Uploader, signal: AbortSignal): Promise<void> {
  try {
    await checkTarget(run, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!isChatferryError(error) || ENDS_ALL.has(error.code)) throw error;
    uploader.giveUp(error);
  }
}

function requireSessionName(name: string | undefined): void {
  if (name === undefined || (SESSION_ID.test(name) && name.length <= MAX_SESSION_NAME)) return;
  throw new ChatferryError(
    'USAGE',
    `"${name}" cannot name an upload session. Take letters, digits, dots, dashes and underscores, ${MAX_SESSION_NAME} at most, and no dot in front.`,
  );
}
