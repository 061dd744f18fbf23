import { SpeedMeter } from './speed-meter.js';
import type { UploadProgress, UploadReporter, UploadStage } from './upload-progress.js';

/** Between two events of one stage. */
const LEAST_MS_BETWEEN_EVENTS = 200;
/** 100 is shown only after the target has confirmed the file. */
const MOST_BEFORE_CONFIRMED = 99;

export interface ProgressTrackerOptions {
  readonly taskId: string;
  readonly file: string;
  readonly target: string;
  readonly reporter: UploadReporter;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
}

/** What an earlier run did for a file. */
export interface KnownProgress {
  readonly totalBytes: number;
  readonly partCount: number;
  readonly doneParts: number;
  readonly doneBytes: number;
  readonly sessionId: string;
  /** Percent that an earlier run has shown. */
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
  #broughtBytes = 0;
  readonly #flyingBytes = new Map<number, number>();
  #shown = 0;
  #sentBytes = 0;
  #readMostShown: () => number = () => MOST_BEFORE_CONFIRMED;
  #onSent: () => void = () => undefined;
  #lastEventMs = -Infinity;
  #startedOver: string | undefined;

  constructor(options: ProgressTrackerOptions) {
    this.#options = options;
    this.#speed = new SpeedMeter(options.now);
  }

  /** Percent that were shown so far. */
  get shownPercentage(): number {
    return this.#shown;
  }

  /** Percent that may be shown until so many bytes more are at the far end. */
  shownWith(moreBytes: number): number {
    return Math.max(this.#shown, this.#percentageOf(this.#doneBytes + moreBytes));
  }

  /** Percent that may be shown until so many bytes more are sent. */
  shownAhead(moreBytes: number): number {
    return this.shownWith(this.#flying + moreBytes);
  }

  /** @param readMost - Percent that are shown at most, until the file is there: what the next run would begin with. */
  showAtMost(readMost: () => number): void {
    this.#readMostShown = readMost;
  }

  /** @param onSent - Called when bytes are on the line, before they are shown. */
  whenSent(onSent: () => void): void {
    this.#onSent = onSent;
  }

  /** Bytes that were told last: those that are there, and those on the line. */
  get toldBytes(): number {
    return this.#sentBytes;
  }

  /** Begins where an earlier run stopped. @param percentage - That it has shown. */
  beginAt(percentage: number): void {
    this.#shown = Math.min(MOST_BEFORE_CONFIRMED, Math.max(this.#shown, percentage));
  }

  /** Bytes that this run sent and the target has. */
  get broughtBytes(): number {
    return this.#broughtBytes;
  }

  /** Of the file here; 0 until it is known. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** The size of the file here is known, whether or not it will be sent. */
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
    this.#flyingBytes.clear();
    this.beginAt(known.shownPercentage);
  }

  /** Bytes of a part are on the line. */
  sent(partIndex: number, bytes: number): void {
    this.#flyingBytes.set(partIndex, (this.#flyingBytes.get(partIndex) ?? 0) + bytes);
    this.#speed.add(bytes);
    this.#onSent();
    if (this.#options.now() - this.#lastEventMs >= LEAST_MS_BETWEEN_EVENTS) this.#report();
  }

  /** The target has a part. */
  partDone(partIndex: number, sizeBytes: number): void {
    this.#flyingBytes.delete(partIndex);
    this.#doneBytes += sizeBytes;
    this.#broughtBytes += sizeBytes;
    this.#doneParts += 1;
    this.#report();
  }

  /** The target has more or fewer bytes than expected. @param bytes - The difference; negative: fewer. */
  moved(bytes: number): void {
    this.#doneBytes += bytes;
    this.#broughtBytes = Math.max(0, this.#broughtBytes + bytes);
  }

  /** The earlier unfinished upload is useless. @param reason - Without a full stop. */
  startsOver(reason: string): void {
    this.#startedOver = reason;
    this.#report();
  }

  /** Why the file starts over; undefined where it does not. */
  get startedOver(): string | undefined {
    return this.#startedOver;
  }

  /** A part has to be sent again. */
  partFailed(partIndex: number): void {
    this.#flyingBytes.delete(partIndex);
  }

  /** @param isNew - Whether it was sent; otherwise the target had it before. */
  complete(remote: string, isNew = true): void {
    this.#stage = 'complete';
    this.#message = `${isNew ? 'Complete' : 'There already'}: ${remote}`;
    this.#shown = 100;
    this.#doneBytes = this.#totalBytes;
    this.#doneParts = this.#known?.partCount ?? 0;
    this.#flyingBytes.clear();
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
    const sentBytes = Math.min(totalBytes, this.#doneBytes + this.#flying);
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

  get #flying(): number {
    return [...this.#flyingBytes.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  #percentageOf(bytes: number): number {
    const totalBytes = this.#totalBytes;
    if (totalBytes === 0) return 0;
    return Math.min(MOST_BEFORE_CONFIRMED, Math.floor((bytes * 1000) / totalBytes) / 10);
  }
}
