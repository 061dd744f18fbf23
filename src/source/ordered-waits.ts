import type { OrderedWait } from './live-source.js';

type Listener = (wait: OrderedWait) => void;

/** Reports waits that a server demands: to all listeners, or to whoever opened the source if there are none. */
export class OrderedWaits {
  readonly #opener: Listener;
  readonly #listeners = new Set<Listener>();

  constructor(opener: Listener = () => undefined) {
    this.#opener = opener;
  }

  /** Reports one wait. */
  readonly report = (wait: OrderedWait): void => {
    if (this.#listeners.size === 0) this.#opener(wait);
    for (const listener of this.#listeners) listener(wait);
  };

  /** Adds a listener. Disposing the result removes it. */
  watch(listener: Listener): Disposable {
    const own: Listener = (wait) => {
      listener(wait);
    };
    this.#listeners.add(own);
    return {
      [Symbol.dispose]: () => {
        this.#listeners.delete(own);
      },
    };
  }
}
