/**
 * An abort controller that also aborts when `parent` does, with the parent's reason. Disposing it removes its listener
 * from the parent. `AbortSignal.any` does the same, but on Node 20 a long-lived parent keeps the derived signals in
 * memory (https://github.com/nodejs/node/issues/54614), and a run creates one for each file.
 */
export class LinkedAbort implements Disposable {
  readonly #parent: AbortSignal;
  readonly #controller = new AbortController();
  readonly #follow = (): void => {
    this.#controller.abort(this.#parent.reason);
  };

  constructor(parent: AbortSignal) {
    this.#parent = parent;
    if (parent.aborted) this.#follow();
    else parent.addEventListener('abort', this.#follow, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(): void {
    this.#controller.abort();
  }

  [Symbol.dispose](): void {
    this.#parent.removeEventListener('abort', this.#follow);
  }
}
