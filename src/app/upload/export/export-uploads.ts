import type { Archive } from '../../../archive/archive.js';
import type { Chat } from '../../../chat/chat.js';
import { ChatferryError, type ErrorCode, isChatferryError } from '../../../errors/chatferry-error.js';
import { Bandwidth } from '../../../upload/pace/bandwidth.js';
import type { ArrivedFile, UploadedFile } from '../../../upload/uploaded-file.js';
import type { UploadReporter } from '../../../upload/progress/upload-progress.js';
import type { ExportFollower } from '../../export/create-export.js';
import { requireApart } from '../items/apart-from-sources.js';
import { ArchiveMoment } from '../items/archive-moment.js';
import type { UploadReport } from '../job-report.js';
import { watchMemory } from '../memory-watch.js';
import { openTarget, type OpenedTarget } from '../open-target.js';
import { SessionCleaning } from '../session-cleaning.js';
import { openSessionRoom, type SessionRoom } from '../session-room.js';
import type { TargetSettings } from '../target-kind.js';
import { targetRunOf } from '../target-run-of.js';
import { CommittedFiles } from './committed-files.js';
import { FollowedTarget, type FollowedReport } from './followed-target.js';

export interface ExportUploadsOptions {
  /** The specs of EXPORT_UPLOAD_TO. */
  readonly to: readonly string[];
  readonly settings: TargetSettings;
  /** The base of relative paths. */
  readonly cwd: string;
  /** Of the archive, absolute. No target may be inside it. @defaultValue not checked */
  readonly directory?: string;
  /** The folder for files that a target returns, absolute: beside the manifest. @defaultValue `cwd` */
  readonly outputFolder?: string | undefined;
  readonly reporter: UploadReporter;
  /**
   * Resident bytes above which files are sent one after the other.
   *
   * @defaultValue the memory of the machine or control group
   */
  readonly memoryLimitBytes?: number;
  /** Called with each file as soon as it is uploaded, in no particular order. */
  readonly onArrived?: (file: ArrivedFile) => void;
  /** Called with the result of each file, for callers that keep the results: reports only count. */
  readonly onFile?: (file: UploadedFile) => void;
  /** Called with notes for the user. */
  readonly onNote: (text: string) => void;
  readonly signal: AbortSignal;
}

/** The result of the uploads of an export. */
export interface ExportUploadReport extends UploadReport {
  readonly targets: readonly FollowedReport[];
}

/**
 * Uploads an archive to targets during its export: each media file as soon as its row is durable, and at the end the
 * remaining files, the database last. An error at a target never stops the export. The next export sends what is
 * missing.
 */
export class ExportUploads implements ExportFollower, AsyncDisposable {
  readonly #signal: AbortSignal;
  readonly #stop = new AbortController();
  readonly #room: SessionRoom;
  readonly #options: ExportUploadsOptions;
  readonly #cleaning: SessionCleaning;
  readonly #opened: readonly OpenedTarget[];
  readonly #targets: readonly FollowedTarget[];
  readonly #startedMs = performance.now();
  #files: CommittedFiles | undefined;
  #directory: string | undefined;
  #running: Promise<unknown> = Promise.resolve();

  private constructor(options: ExportUploadsOptions, room: SessionRoom, opened: readonly OpenedTarget[]) {
    const { settings, reporter, onNote, onArrived, onFile, signal } = options;
    const { uploadBandwidthLimit: bytesPerSecond, uploadBandwidthBurstSeconds: burstSeconds } = settings;
    const bandwidth = new Bandwidth({ bytesPerSecond, burstSeconds });
    this.#signal = AbortSignal.any([signal, this.#stop.signal]);
    this.#room = room;
    this.#options = options;
    this.#cleaning = new SessionCleaning({ settings, cwd: options.cwd, room, now: Date.now, onNote });
    this.#opened = opened;
    this.#targets = opened.map(({ target }) => {
      const parts = { target, settings, room, bandwidth, check: 'remembered', onNote } as const;
      const run = targetRunOf({ ...parts, isSequential: false });
      // One file at a time, because the export needs the same disk and the same few threads of Node's pool.
      const runBeside = targetRunOf({ ...parts, isSequential: true });
      return new FollowedTarget({ run, runBeside, reporter, onArrived, onFile });
    });
  }

  /**
   * Opens the targets without connecting to them.
   *
   * @throws {ChatferryError} `USAGE` for an invalid target; `FILE_SYSTEM`.
   */
  static async open(options: ExportUploadsOptions): Promise<ExportUploads> {
    const { to, settings, cwd, outputFolder, directory } = options;
    const opened: OpenedTarget[] = [];
    try {
      for (const spec of new Set(to)) opened.push(await openTarget(spec, { settings, cwd, outputFolder }));
      if (directory !== undefined)
        requireApart(
          opened.map(({ target }) => target),
          [{ path: directory, keepsName: false }],
        );
      return new ExportUploads(options, await openSessionRoom(settings), opened);
    } catch (error) {
      for (const target of opened) await target[Symbol.asyncDispose]();
      throw error;
    }
  }

  begin(archive: Archive): void {
    const files = new CommittedFiles(archive);
    this.#files = files;
    this.#directory = archive.directory;
    const signal = this.#signal;
    const follow = (): Promise<unknown> =>
      Promise.all(this.#targets.map((target) => target.follow(files.items(signal), signal)));
    this.#running = this.#clean(signal).then(follow);
    this.#running.catch(() => undefined); // `finish` reports the error.
  }

  chatStarted(chat: Chat): void {
    this.#files?.chatStarted(chat);
  }

  committed(): void {
    this.#files?.committed();
  }

  end(): void {
    this.#files?.end();
  }

  /**
   * Sends the remaining files after the export: rendered files, derivatives, files that earlier runs did not send, and
   * the database.
   *
   * @throws {ChatferryError} what copying the database throws; the signal's reason when it aborts.
   */
  async finish(): Promise<ExportUploadReport> {
    await this.#running;
    if (this.#directory === undefined) throw new ChatferryError('INTERNAL', 'The export has not begun.');
    // If this run cannot remove the copy, a later one does.
    await using moment = await ArchiveMoment.of(this.#directory, await this.#room.store.makeSpool());
    const signal = this.#signal;
    const leftOut = { linkCount: 0, otherCount: 0 };
    const rollouts = this.#targets.map(({ rollout }) => rollout);
    const watch = await watchMemory(rollouts, this.#options.memoryLimitBytes);
    try {
      await Promise.all(this.#targets.map((target) => target.sendRest(moment.items('', leftOut, signal), signal)));
    } finally {
      watch[Symbol.dispose]();
    }
    const targets = this.#targets.map(({ report }) => report);
    const failureCodes = new Set<ErrorCode>(targets.flatMap(({ failed }) => failed.map(({ code }) => code)));
    return { targets, failureCodes, wallMs: performance.now() - this.#startedMs };
  }

  /** Removes expired sessions. A failure must not prevent uploads. */
  async #clean(signal: AbortSignal): Promise<void> {
    const { onNote } = this.#options;
    try {
      const ids = this.#opened.map(({ target }) => target.id);
      await this.#cleaning.begin(ids, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!isChatferryError(error)) throw error;
      onNote(`Upload sessions that have expired stay: ${error.message}`);
    }
  }

  /** Stops running uploads. Sessions stay, and the next export resumes them. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#files?.end();
    this.#stop.abort(new ChatferryError('INTERRUPTED', 'The export has ended.'));
    await this.#running.catch(() => undefined);
    await this.#cleaning[Symbol.asyncDispose]();
    this.#room[Symbol.dispose]();
    for (const target of this.#opened) await target[Symbol.asyncDispose]();
  }
}
