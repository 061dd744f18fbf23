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
  /** As EXPORT_UPLOAD_TO has them. */
  readonly to: readonly string[];
  readonly settings: TargetSettings;
  /** Where relative paths start. */
  readonly cwd: string;
  /** Of the archive, absolute: no target may lie in it. @defaultValue no target is a folder that could */
  readonly directory?: string;
  /** Where a target puts what it hands back, absolute: beside the manifest. @defaultValue `cwd` */
  readonly outputFolder?: string | undefined;
  readonly reporter: UploadReporter;
  /** Resident bytes above which files go one after the other. @defaultValue what the machine or the control group has */
  readonly memoryLimitBytes?: number;
  /** Called with each file as soon as it is there, in no order. */
  readonly onArrived?: (file: ArrivedFile) => void;
  /** Called with what became of each file, where that is to be kept: reports only count. */
  readonly onFile?: (file: UploadedFile) => void;
  /** Called with what people should know. */
  readonly onNote: (text: string) => void;
  readonly signal: AbortSignal;
}

/** What became of the uploads of an export. */
export interface ExportUploadReport extends UploadReport {
  readonly targets: readonly FollowedReport[];
}

/**
 * Brings an archive to targets while it is exported: each medium as soon as its row is on the disk, and at the end what is
 * left, with the database last. Nothing that goes wrong at a target stops the export, and the next export sends what is
 * missing then.
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
      // One file at a time: an export waits for the same disk, and for the same few threads that wait for it.
      const runBeside = targetRunOf({ ...parts, isSequential: true });
      return new FollowedTarget({ run, runBeside, reporter, onArrived, onFile });
    });
  }

  /** Opens the targets, without speaking to them. @throws {ChatferryError} `USAGE` for what is no target; `FILE_SYSTEM`. */
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
    this.#running.catch(() => undefined); // Whoever waits for the end hears of it.
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
   * Sends what is left when the export has ended: what was rendered and made from media, what earlier runs did not send, and
   * the database.
   *
   * @throws {ChatferryError} what copying the database throws; the signal's reason when it aborts.
   */
  async finish(): Promise<ExportUploadReport> {
    await this.#running;
    if (this.#directory === undefined) throw new ChatferryError('INTERNAL', 'The export has not begun.');
    // Where this run does not come to remove the copy, a later one does.
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

  /** Removes sessions that have expired. That it cannot be done is no reason not to send anything. */
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

  /** Stops what is on its way. Sessions stay, and the next export goes on with them. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#files?.end();
    this.#stop.abort(new ChatferryError('INTERRUPTED', 'The export has ended.'));
    await this.#running.catch(() => undefined);
    await this.#cleaning[Symbol.asyncDispose]();
    this.#room[Symbol.dispose]();
    for (const target of this.#opened) await target[Symbol.asyncDispose]();
  }
}
