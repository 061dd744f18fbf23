import { syncDirectory } from './durable-file.js';

interface FolderState {
  running: Promise<void>;
  /** Starts when the running sync ends. All calls made meanwhile share it. */
  next: Promise<void> | undefined;
}

/**
 * Syncs folders for many callers at once. A sync that began before a rename does not cover it, so a new caller waits
 * for the next sync, which all waiting callers share. A thousand files then need far fewer than a thousand syncs.
 */
export class DirectorySync {
  readonly #folders = new Map<string, FolderState>();

  /** Resolves when everything that was done in the folder before this call is durable. @throws {ChatferryError} */
  sync(folder: string): Promise<void> {
    const state = this.#folders.get(folder);
    if (state === undefined) return this.#start(folder);
    state.next ??= state.running.then(
      () => this.#start(folder),
      () => this.#start(folder), // A failure is reported to the callers that waited for it.
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
