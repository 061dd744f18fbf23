import { ChatferryError } from '../../../../errors/chatferry-error.js';
import type { DcSender } from './dc-sender.js';

export interface SenderSlotOptions {
  /** Opens a connection. An error it throws is thrown by every call that waits for it. */
  readonly open: () => Promise<DcSender>;
  /** A connection without calls is closed after one to two times this period. Undefined keeps it open. */
  readonly idleMs?: number | undefined;
}

// After a failure to connect, calls without a fixed connection use other connections for this long.
const AVOID_MS = 3000;

/** Holds one connection: opened by the first call, reopened after a loss, closed when idle. */
export class SenderSlot {
  readonly #options: SenderSlotOptions;
  #opening: Promise<DcSender> | undefined;
  #sender: DcSender | undefined;
  #callCount = 0;
  #lossCount = 0;
  #avoidedUntilMs = 0;
  #wasUsed = false;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(options: SenderSlotOptions) {
    this.#options = options;
  }

  /** Running calls, including those that wait for the connection. */
  get callCount(): number {
    return this.#callCount;
  }

  get isOpen(): boolean {
    return this.#sender?.isUsable === true;
  }

  /** Whether the last attempt to connect failed a short time ago. */
  get hasJustFailed(): boolean {
    return performance.now() < this.#avoidedUntilMs;
  }

  /** Connections that ended unexpectedly. */
  get lossCount(): number {
    this.#noticeLoss();
    return this.#lossCount;
  }

  /** Runs one call over the connection. */
  async run<T>(work: (sender: DcSender) => Promise<T>): Promise<T> {
    this.#callCount += 1;
    try {
      return await work(await this.sender());
    } finally {
      this.#callCount -= 1;
    }
  }

  /** A usable connection. Concurrent callers get the same one. */
  async sender(): Promise<DcSender> {
    this.#wasUsed = true;
    this.#noticeLoss();
    const known = this.#opening;
    if (known !== undefined) {
      const sender = await known;
      return sender.isUsable ? sender : this.sender();
    }
    const opening = this.#options.open();
    this.#opening = opening;
    try {
      const sender = await opening;
      if (this.#opening !== opening) {
        await sender.close(); // The slot was closed in the meantime.
        throw new ChatferryError('UNREACHABLE', 'The connection to Telegram is no longer used.', {
          retryable: true,
        });
      }
      this.#sender = sender;
      this.#avoidedUntilMs = 0;
      this.#watchIdle();
      return sender;
    } catch (error) {
      if (this.#opening === opening) {
        this.#opening = undefined;
        this.#avoidedUntilMs = performance.now() + AVOID_MS;
      }
      throw error;
    }
  }

  /** Stops new calls on the current connection, and closes it when its running calls are answered. */
  retire(): void {
    this.#empty()?.retire();
  }

  /** Closes the current connection and rejects its calls. The next call opens a new one. */
  async close(): Promise<void> {
    await this.#empty()?.close();
  }

  #empty(): DcSender | undefined {
    this.#noticeLoss();
    const sender = this.#sender;
    this.#opening = undefined;
    this.#sender = undefined;
    clearTimeout(this.#idleTimer);
    return sender;
  }

  #noticeLoss(): void {
    if (this.#sender === undefined || this.#sender.isUsable) return;
    this.#lossCount += 1;
    this.#opening = undefined;
    this.#sender = undefined;
    clearTimeout(this.#idleTimer);
  }

  #watchIdle(): void {
    const { idleMs } = this.#options;
    if (idleMs === undefined) return;
    clearTimeout(this.#idleTimer);
    this.#wasUsed = false;
    this.#idleTimer = setTimeout(() => {
      if (this.#wasUsed || this.#callCount > 0) this.#watchIdle();
      else this.retire();
    }, idleMs);
    this.#idleTimer.unref();
  }
}
