/** A closed gate opens again when memory falls below this share of the limit. */
export const LOW_WATER_RATIO = 0.85;

export interface MemoryGateOptions {
  /** Resident bytes above which the gate closes. */
  readonly limitBytes: number;
  /**
   * Resident bytes below which a closed gate opens again; less than `limitBytes`, so that the gate does not flap.
   *
   * @defaultValue {@link LOW_WATER_RATIO} of the limit
   */
  readonly lowWaterBytes?: number;
  readonly checkIntervalMs: number;
  /** Reads the resident bytes of the process and its children: `ProcessTree.residentBytes`. */
  readonly readResidentBytes: () => Promise<number>;
  /** Called when the gate closes or opens, and with every reading. */
  readonly onReading?: (reading: MemoryReading) => void;
}

export interface MemoryReading {
  readonly residentBytes: number;
  readonly limitBytes: number;
  /** Whether new work should wait. */
  readonly closed: boolean;
  /** Whether this reading closed or opened it. */
  readonly changed: boolean;
}

/**
 * Watches resident memory and judges, with hysteresis, whether new work may start: closed above the limit, open again
 * below the low-water mark. It only judges: its owner decides what to hold back.
 */
export class MemoryGate {
  readonly #limitBytes: number;
  readonly #lowWaterBytes: number;
  readonly #checkIntervalMs: number;
  readonly #readResidentBytes: () => Promise<number>;
  readonly #onReading: (reading: MemoryReading) => void;
  #closed = false;

  /**
   * @throws {RangeError} when the limit or the interval is not positive, or `lowWaterBytes` is not below `limitBytes`.
   */
  constructor(options: MemoryGateOptions) {
    const { limitBytes, checkIntervalMs, readResidentBytes, onReading = () => undefined } = options;
    const lowWaterBytes = options.lowWaterBytes ?? limitBytes * LOW_WATER_RATIO;
    if (!(limitBytes > 0)) throw new RangeError(`limitBytes must be more than 0, got ${String(limitBytes)}`);
    if (!(lowWaterBytes < limitBytes)) {
      throw new RangeError(`lowWaterBytes must be less than limitBytes, got ${lowWaterBytes} and ${limitBytes}`);
    }
    if (!(checkIntervalMs > 0)) throw new RangeError(`checkIntervalMs must be more than 0, got ${checkIntervalMs}`);
    this.#limitBytes = limitBytes;
    this.#lowWaterBytes = lowWaterBytes;
    this.#checkIntervalMs = checkIntervalMs;
    this.#readResidentBytes = readResidentBytes;
    this.#onReading = onReading;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Reads at once, then at the interval, until disposed of. The timer does not keep the process alive. */
  async watch(): Promise<Disposable> {
    let watching = true;
    let timer: NodeJS.Timeout | undefined;
    const schedule = (): void => {
      if (!watching) return;
      timer = setTimeout(() => void this.check().then(schedule), this.#checkIntervalMs);
      timer.unref();
    };
    await this.check();
    schedule();
    return {
      [Symbol.dispose]: () => {
        watching = false;
        clearTimeout(timer);
      },
    };
  }

  /**
   * Reads once and judges. A failed reading changes nothing: the system may be out of file descriptors for a moment.
   */
  async check(): Promise<void> {
    const residentBytes = await this.#read();
    if (residentBytes === undefined) return;
    const wasClosed = this.#closed;
    if (residentBytes > this.#limitBytes) this.#closed = true;
    else if (residentBytes < this.#lowWaterBytes) this.#closed = false;
    this.#onReading({
      residentBytes,
      limitBytes: this.#limitBytes,
      closed: this.#closed,
      changed: this.#closed !== wasClosed,
    });
  }

  async #read(): Promise<number | undefined> {
    try {
      return await this.#readResidentBytes();
    } catch {
      return undefined;
    }
  }
}
