/** Nearly all statements are faster. A slower one may end the process with SIGABRT. */
const MAX_WAIT_MS = 30_000;
const BUSY = 0;
const ENDING = 1;

/**
 * Says, in shared memory, whether a thread is busy. When a process exits, Node.js ends all its threads. If a thread is in the
 * middle of a statement then, the binding of SQLite ends the process with SIGABRT. So the exit waits for the statement.
 */
export class BusyFlag {
  /** Passed to the other thread, which creates its flag from it. */
  readonly memory: SharedArrayBuffer;
  readonly #cells: Int32Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#cells = new Int32Array(memory);
  }

  /** Called by the thread before it works. @returns whether it may begin. If not, the process is about to exit. */
  enter(): boolean {
    // In this order, either the thread sees the exit, or the exit sees that the thread is busy.
    Atomics.store(this.#cells, BUSY, 1);
    if (Atomics.load(this.#cells, ENDING) === 0) return true;
    this.leave();
    return false;
  }

  /** Called by the thread after its work. */
  leave(): void {
    Atomics.store(this.#cells, BUSY, 0);
    Atomics.notify(this.#cells, BUSY);
  }

  /** Prevents new work, and blocks until running work has ended. */
  awaitEnd(): void {
    Atomics.store(this.#cells, ENDING, 1);
    Atomics.wait(this.#cells, BUSY, 1, MAX_WAIT_MS);
  }
}
