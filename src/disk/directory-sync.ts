import { syncDirectory } from './durable-file.js';

interface FolderState {
  running: Promise<void>;
  /** Begins when the running one ends; everyone who came meanwhile shares it. */
  next: Promise<void> | undefined;
}

/**
 * Syncs folders for many at once. A sync that began before a rename does not vouch for it, so a newcomer waits for the
 * next one; all who wait share it. A thousand files then cost far fewer than a thousand syncs.
 */
export class DirectorySync {
  readonly #folders = new Map<string, FolderState>();

  /** Resolves when everything that was done in the folder before this call is durable. @throws {ChatferryError} */
  sync(folder: string): Promise<void> {
    const state = this.#folders.get(folder);
    if (state === undefined) return this.#start(folder);
    state.next ??= state.running.then(
      () => this.#start(folder),
      () => this.#start(folder), // Its failure is told to those who waited for it.
    );
    return state.next;
  }

  #start(folder: string): Promise<void> {
    const state: FolderState = { running: syncDirectory(folder), next: undefined };
    this.#folders.set(folder, state);
    return state.running.finally(() => {
      if (state.next === undefined) this.#folders.delete(folder);
    });
  }
}
