import { Writable } from 'node:stream';

/** A stream that keeps what is written to it, and may say that it is a terminal. */
export class CapturedStream extends Writable {
  readonly columns = 100;
  readonly rows = 40;
  readonly isTTY: boolean;
  readonly queuedBytes: number = 0;
  readonly isDeserted = false;
  text = '';

  constructor(isTTY = false) {
    super({ decodeStrings: false });
    this.isTTY = isTTY;
  }

  get lines(): readonly string[] {
    return this.text.split('\n').slice(0, -1);
  }

  get stream(): this {
    return this;
  }

  room(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    return Promise.resolve();
  }

  override _write(chunk: Buffer | string, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
