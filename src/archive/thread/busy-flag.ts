/** Longer than nearly all statements take. A statement that takes longer may end the process with SIGABRT. */
const MAX_WAIT_MS = 30_000;
const BUSY = 0;
const ENDING = 1;

/**
 * Says whether a thread is at work, in memory that threads share. The binding of SQLite ends the whole process, with SIGABRT,
 * when its thread is ended in the middle of a statement: Node.js does that to all threads when a process exits. So the exit
 * waits for the statement.
 */
export class BusyFlag {
  /** For the other thread, which makes a flag of it. */
  readonly memory: SharedArrayBuffer;
  readonly #cells: Int32Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#cells = new Int32Array(memory);
  }

  /** For the thread that works, before it begins. @returns whether it may begin. If not, the process is about to exit. */
  enter(): boolean {
    // Either this sees that the process is about to exit, or the exit sees that this has begun.
    Atomics.store(this.#cells, BUSY, 1);
    if (Atomics.load(this.#cells, ENDING) === 0) return true;
    this.leave();
    return false;
  }

  /** For the thread that works, when it is done. */
  leave(): void {
    Atomics.store(this.#cells, BUSY, 0);
    Atomics.notify(this.#cells, BUSY);
  }

  /** Lets no more work begin, and blocks until what has begun is done. */
  awaitEnd(): void {
    Atomics.store(this.#cells, ENDING, 1);
    Atomics.wait(this.#cells, BUSY, 1, MAX_WAIT_MS);
  }
}
