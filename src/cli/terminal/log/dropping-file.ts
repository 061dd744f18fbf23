import { writeSync } from 'node:fs';

const NEWLINE = 0x0a;

/**
 * Writes to an open file at once, and drops what the disk refuses: a full disk for messages must not end work whose own
 * disk is fine. What is written when there is room again begins on a line of its own.
 */
export class DroppingFile {
  readonly #descriptor: number;
  #error: NodeJS.ErrnoException | undefined;
  /** The file ends inside a line. */
  #isTorn = false;

  /** @param descriptor - Open for writing; it stays the caller's. */
  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** Why something was dropped, the first time; undefined while everything was written. */
  get error(): NodeJS.ErrnoException | undefined {
    return this.#error;
  }

  write(text: string): void {
    const bytes = Buffer.from(this.#isTorn ? `\n${text}` : text);
    let writtenBytes = 0;
    try {
      while (writtenBytes < bytes.length) writtenBytes += writeSync(this.#descriptor, bytes, writtenBytes);
      this.#isTorn = false;
    } catch (error) {
      this.#error ??= error as NodeJS.ErrnoException;
      if (writtenBytes > 0) this.#isTorn = bytes[writtenBytes - 1] !== NEWLINE;
    }
  }
}
