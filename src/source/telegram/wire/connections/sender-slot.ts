import { ChatferryError } from '../../../../errors/chatferry-error.js';
import type { DcSender } from './dc-sender.js';

export interface SenderSlotOptions {
  /** Opens a connection. What it throws, the calls that wait for it throw. */
  readonly open: () => Promise<DcSender>;
  /** A connection without calls is closed after that, at the latest after twice that. Undefined: it is kept. */
  readonly idleMs?: number | undefined;
}

// After a failure to connect, calls that have a choice go elsewhere for a while.
const SHUN_MS = 3000;

/** A place for one connection: opened by the first call, opened again after a loss, closed when nobody calls. */
export class SenderSlot {
  readonly #options: SenderSlotOptions;
  #opening: Promise<DcSender> | undefined;
  #sender: DcSender | undefined;
  #callCount = 0;
  #lossCount = 0;
  #shunnedUntilMs = 0;
  #wasUsed = false;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(options: SenderSlotOptions) {
    this.#options = options;
  }

  /** Calls that were given to this place and have not ended, those that wait for the connection included. */
  get callCount(): number {
    return this.#callCount;
  }

  get isOpen(): boolean {
    return this.#sender?.isUsable === true;
  }

  /** Whether the last attempt to connect failed just now. */
  get isShunned(): boolean {
    return performance.now() < this.#shunnedUntilMs;
  }

  /** Connections that ended while we wanted them. */
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

  /** The connection, usable. Callers that ask at the same time get the same. */
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
        await sender.close(); // This place was emptied meanwhile.
        throw new ChatferryError('UNREACHABLE', 'The connection to Telegram is not used any more.', {
          retryable: true,
        });
      }
      this.#sender = sender;
      this.#shunnedUntilMs = 0;
      this.#watchIdle();
      return sender;
    } catch (error) {
      if (this.#opening === opening) {
        this.#opening = undefined;
        this.#shunnedUntilMs = performance.now() + SHUN_MS;
      }
      throw error;
    }
  }

  /** Takes no more calls over the present connection; it is closed when those it has are answered. */
  retire(): void {
    this.#empty()?.retire();
  }

  /** Closes the present connection; its calls are rejected. The next call opens another. */
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
