import type { OrderedWait } from './live-source.js';

type Listener = (wait: OrderedWait) => void;

/** Passes on waits that a server orders: to all who listen, or to whoever opened the source while nobody does. */
export class OrderedWaits {
  readonly #opener: Listener;
  readonly #listeners = new Set<Listener>();

  constructor(opener: Listener = () => undefined) {
    this.#opener = opener;
  }

  /** Passes on one wait. */
  readonly tell = (wait: OrderedWait): void => {
    if (this.#listeners.size === 0) this.#opener(wait);
    for (const listener of this.#listeners) listener(wait);
  };

  /** Listens until disposed of. */
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
