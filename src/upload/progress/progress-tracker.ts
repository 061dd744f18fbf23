import { SpeedMeter } from './speed-meter.js';
import type { UploadProgress, UploadReporter, UploadStage } from './upload-progress.js';

/** Minimum time between two events of one stage. */
const MIN_MS_BETWEEN_EVENTS = 200;
/** 100 is shown only after the target has confirmed the file. */
const MAX_BEFORE_CONFIRMED = 99;

export interface ProgressTrackerOptions {
  readonly taskId: string;
  readonly file: string;
  readonly target: string;
  readonly reporter: UploadReporter;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
}

/** The progress of an earlier run. */
export interface KnownProgress {
  readonly totalBytes: number;
  readonly partCount: number;
  readonly doneParts: number;
  readonly doneBytes: number;
  readonly sessionId: string;
  /** The percentage that an earlier run has shown. */
  readonly shownPercentage: number;
}

/** Follows one file to one target and reports it. The percentage never decreases: bytes that are sent again do not count twice. */
export class ProgressTracker {
  readonly #options: ProgressTrackerOptions;
  readonly #speed: SpeedMeter;
  #known: KnownProgress | undefined;
  #sizeBytes = 0;
  #stage: UploadStage = 'preparing';
  #message = 'Reading the file';
  #doneBytes = 0;
  #doneParts = 0;
  #transferredBytes = 0;
  readonly #inFlightBytes = new Map<number, number>();
  #shown = 0;
  #sentBytes = 0;
  #readMostShown: () => number = () => MAX_BEFORE_CONFIRMED;
  #onSent: () => void = () => undefined;
  #lastEventMs = -Infinity;
  #startedOver: string | undefined;

  constructor(options: ProgressTrackerOptions) {
    this.#options = options;
    this.#speed = new SpeedMeter(options.now);
  }

  /** The percentage shown so far. */
  get shownPercentage(): number {
    return this.#shown;
  }

  /** The percentage that corresponds to this many more bytes at the target. */
  shownWith(moreBytes: number): number {
    return Math.max(this.#shown, this.#percentageOf(this.#doneBytes + moreBytes));
  }

  /** The percentage that corresponds to this many more sent bytes. */
  shownAhead(moreBytes: number): number {
    return this.shownWith(this.#inFlight + moreBytes);
  }

  /**
   * @param readMost - Returns the highest percentage that may be shown before the file is complete: the one that the
   *   next run would start with.
   */
  showAtMost(readMost: () => number): void {
    this.#readMostShown = readMost;
  }

  /** @param onSent - Called when bytes are sent, before they are shown. */
  whenSent(onSent: () => void): void {
    this.#onSent = onSent;
  }

  /** The bytes in the last event: those at the target, and those in flight. */
  get reportedBytes(): number {
    return this.#sentBytes;
  }

  /** Starts where an earlier run stopped. @param percentage - The percentage that it has shown. */
  beginAt(percentage: number): void {
    this.#shown = Math.min(MAX_BEFORE_CONFIRMED, Math.max(this.#shown, percentage));
  }

  /** Bytes that this run sent and the target has. */
  get transferredBytes(): number {
    return this.#transferredBytes;
  }

  /** Of the local file; 0 until it is known. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Sets the size of the local file, whether or not it will be sent. */
  sizeIs(sizeBytes: number): void {
    this.#sizeBytes = sizeBytes;
  }

  get #totalBytes(): number {
    return this.#known?.totalBytes ?? this.#sizeBytes;
  }

  stage(stage: UploadStage, message: string): void {
    this.#stage = stage;
    this.#message = message;
    this.#report();
  }

  /** Starts counting, or starts over. */
  know(known: KnownProgress): void {
    this.#known = known;
    this.#doneBytes = known.doneBytes;
    this.#doneParts = known.doneParts;
    this.#inFlightBytes.clear();
    this.beginAt(known.shownPercentage);
  }

  /** Bytes of a part were sent. */
  sent(partIndex: number, bytes: number): void {
    this.#inFlightBytes.set(partIndex, (this.#inFlightBytes.get(partIndex) ?? 0) + bytes);
    this.#speed.add(bytes);
    this.#onSent();
    if (this.#options.now() - this.#lastEventMs >= MIN_MS_BETWEEN_EVENTS) this.#report();
  }

  /** The target has a part. */
  partDone(partIndex: number, sizeBytes: number): void {
    this.#inFlightBytes.delete(partIndex);
    this.#doneBytes += sizeBytes;
    this.#transferredBytes += sizeBytes;
    this.#doneParts += 1;
    this.#report();
  }

  /** The target has more or fewer bytes than expected. @param bytes - The difference; negative: fewer. */
  moved(bytes: number): void {
    this.#doneBytes += bytes;
    this.#transferredBytes = Math.max(0, this.#transferredBytes + bytes);
  }

  /** The earlier unfinished upload is useless. @param reason - Without a full stop. */
  startsOver(reason: string): void {
    this.#startedOver = reason;
    this.#report();
  }

  /** Why the file starts over; undefined if it does not. */
  get startedOver(): string | undefined {
    return this.#startedOver;
  }

  /** A part has to be sent again. */
  partFailed(partIndex: number): void {
    this.#inFlightBytes.delete(partIndex);
  }

  /** @param isNew - Whether it was sent; otherwise the target had it before. */
  complete(remote: string, isNew = true): void {
    this.#stage = 'complete';
    this.#message = `${isNew ? 'Complete' : 'There already'}: ${remote}`;
    this.#shown = 100;
    this.#doneBytes = this.#totalBytes;
    this.#doneParts = this.#known?.partCount ?? 0;
    this.#inFlightBytes.clear();
    this.#report({ remote, ...(isNew ? {} : { isPresent: true }) });
  }

  failed(reason: string): void {
    this.#stage = 'failed';
    this.#message = reason;
    this.#report();
  }

  #report(end: Pick<UploadProgress, 'remote' | 'isPresent'> = {}): void {
    const { reporter, now, taskId, file, target } = this.#options;
    this.#lastEventMs = now();
    const totalBytes = this.#totalBytes;
    const sentBytes = Math.min(totalBytes, this.#doneBytes + this.#inFlight);
    this.#sentBytes = sentBytes;
    this.#shown = Math.max(this.#shown, Math.min(this.#readMostShown(), this.#percentageOf(sentBytes)));
    const { bytesPerSecond } = this.#speed;
    const event: UploadProgress = {
      type: 'upload',
      taskId,
      ...(this.#known === undefined ? {} : { sessionId: this.#known.sessionId }),
      file,
      target,
      stage: this.#stage,
      percentage: this.#shown,
      message: this.#message,
      sizeBytes: this.#sizeBytes,
      sentBytes,
      totalBytes,
      doneParts: this.#doneParts,
      partCount: this.#known?.partCount ?? 0,
      bytesPerSecond: Math.round(bytesPerSecond),
      ...(bytesPerSecond > 0 ? { secondsLeft: Math.ceil((totalBytes - sentBytes) / bytesPerSecond) } : {}),
      timestampMs: Date.now(),
      ...(this.#startedOver === undefined ? {} : { startedOver: this.#startedOver }),
      ...end,
    };
    reporter.event(event);
  }

  get #inFlight(): number {
    return [...this.#inFlightBytes.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  #percentageOf(bytes: number): number {
    const totalBytes = this.#totalBytes;
    if (totalBytes === 0) return 0;
    return Math.min(MAX_BEFORE_CONFIRMED, Math.floor((bytes * 1000) / totalBytes) / 10);
  }
}
