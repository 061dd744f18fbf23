import type { ChatId } from '../chat/chat-id.js';
import type { Chat } from '../chat/chat.js';

/** Progress of the export of one chat. */
export interface ChatProgress {
  readonly chatId: ChatId;
  /** Messages in the archive, including those of earlier runs. */
  readonly messagesDone: number;
  /** As announced by the source; undefined if it announces no number. */
  readonly messagesTotal?: number;
  /** In this run. */
  readonly mediaDone: number;
  readonly mediaFailed: number;
  /** Received from the source in this run, including unfinished files. */
  readonly bytesDone: number;
  readonly inFlight: number;
  readonly permits: number;
  readonly throttled: boolean;
}

/** What an export with uploads has sent to one target in this run. */
export interface UploadsAtTarget {
  /** The target's own id. */
  readonly target: string;
  readonly doneFiles: number;
  readonly failedFiles: number;
  /** Bytes of uploaded files, and of files in transfer. */
  readonly doneBytes: number;
  /** Over the last seconds. */
  readonly bytesPerSecond: number;
}

/** What happens in a run. */
export type RunEvent =
  /** Precedes each chat of a run over several chats. `number` counts from 1. */
  | { readonly type: 'chat-position'; readonly chat: Chat; readonly number: number; readonly count: number }
  | { readonly type: 'chat-started'; readonly chat: Chat; readonly messagesTotal?: number }
  | ({ readonly type: 'progress' } & ChatProgress)
  /** Media of the chat whose previews and copies were made in this run; the total is known once all media are there. */
  | {
      readonly type: 'previews';
      readonly chatId: ChatId;
      readonly doneCount: number;
      readonly totalCount?: number;
    }
  | { readonly type: 'flood-wait'; readonly method: string; readonly waitMs: number }
  | { readonly type: 'fallback-to-sequential'; readonly active: boolean; readonly errorRatio: number }
  | { readonly type: 'throttle'; readonly on: boolean; readonly residentBytes: number; readonly limitBytes: number }
  | ({ readonly type: 'chat-finished'; readonly chat: Chat; readonly newMessageCount: number } & ChatProgress)
  | ({ readonly type: 'upload-progress' } & UploadsAtTarget)
  | { readonly type: 'rendered'; readonly format: string; readonly path: string }
  | { readonly type: 'note'; readonly text: string };

/** What a run reports. With `--json` each is one line. `runId` is the same in all events of a run, and in no other's. */
export type ProgressEvent = RunEvent & { readonly runId: string };

/** Receives the events of one run. */
export interface RunEvents {
  /** Called synchronously; does not throw. */
  readonly event: (event: RunEvent) => void;
}

export interface ProgressReporter {
  /** Called synchronously; must not throw. */
  event(event: ProgressEvent): void;
  /**
   * Resolves when the receiver can take more events; awaited between chats. If absent, the receiver always can.
   *
   * @throws the signal's reason when it aborts.
   */
  room?(signal: AbortSignal): Promise<void>;
}

const REPORT_INTERVAL_MS = 200;

export interface ExportProgressOptions {
  readonly chat: Chat;
  /** Messages of earlier runs. */
  readonly messagesBefore: number;
  readonly reporter: RunEvents;
  /** Reads the current state of the processor. */
  readonly readConcurrency: () => Pick<ChatProgress, 'inFlight' | 'permits' | 'throttled'>;
}

/** Counts the export of one chat, and reports the counts a few times a second and once more at the end. */
export class ExportProgress implements Disposable {
  readonly #options: ExportProgressOptions;
  readonly #timer: NodeJS.Timeout;
  #newMessageCount = 0;
  #mediaDone = 0;
  #mediaFailed = 0;
  #bytesDone = 0;

  /** Starts at once; dispose of it to stop it. */
  constructor(options: ExportProgressOptions) {
    this.#options = options;
    const { chat, reporter } = options;
    reporter.event({
      type: 'chat-started',
      chat,
      ...(chat.messageCount === undefined ? {} : { messagesTotal: chat.messageCount }),
    });
    this.#timer = setInterval(() => {
      reporter.event({ type: 'progress', ...this.#reading() });
    }, REPORT_INTERVAL_MS);
    this.#timer.unref();
  }

  get newMessageCount(): number {
    return this.#newMessageCount;
  }

  messages(count: number): void {
    this.#newMessageCount += count;
  }

  media(failed: boolean): void {
    if (failed) this.#mediaFailed += 1;
    else this.#mediaDone += 1;
  }

  bytes(count: number): void {
    this.#bytesDone += count;
  }

  /** Reports the final counts. */
  finish(): void {
    const { chat, reporter } = this.#options;
    reporter.event({ type: 'chat-finished', chat, newMessageCount: this.#newMessageCount, ...this.#reading() });
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #reading(): ChatProgress {
    const { chat, messagesBefore, readConcurrency } = this.#options;
    return {
      chatId: chat.id,
      messagesDone: messagesBefore + this.#newMessageCount,
      ...(chat.messageCount === undefined ? {} : { messagesTotal: chat.messageCount }),
      mediaDone: this.#mediaDone,
      mediaFailed: this.#mediaFailed,
      bytesDone: this.#bytesDone,
      ...readConcurrency(),
    };
  }
}
