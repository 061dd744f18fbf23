import { type ChatferryError, isChatferryError } from '../../../errors/chatferry-error.js';
import type { Retry } from '../../../upload/pace/retry.js';
import type { UploadStore } from '../../../upload/session/upload-store.js';
import { openTarget, type OpenedTarget, type TargetContext } from '../open-target.js';

/** The state of a target of a manifest. */
export type ManifestTarget =
  | { readonly opened: OpenedTarget }
  /** Why its files cannot be checked. */
  | { readonly problem: ChatferryError }
  | 'unnamed';

export interface ManifestTargetsOptions extends TargetContext {
  readonly store: UploadStore;
  readonly retry: Retry;
}

/**
 * The targets that a manifest names, opened on first use. A manifest is untrusted and could direct keys to a foreign
 * server. Therefore only targets are opened that the user names, or has uploaded to before.
 */
export class ManifestTargets implements AsyncDisposable {
  readonly #options: ManifestTargetsOptions;
  readonly #known = new Map<string, Promise<ManifestTarget>>();
  readonly #opened: OpenedTarget[] = [];

  constructor(options: ManifestTargetsOptions) {
    this.#options = options;
  }

  /** @throws {ChatferryError} `USAGE` for an invalid spec. */
  async name(spec: string, signal: AbortSignal): Promise<void> {
    const opened = await openTarget(spec, this.#options);
    this.#opened.push(opened);
    this.#known.set(opened.target.id, this.#checked(opened, signal));
  }

  isNamed(id: string): boolean {
    return this.#known.has(id);
  }

  /** @param id - As the manifest has it. */
  of(id: string, signal: AbortSignal): Promise<ManifestTarget> {
    const known = this.#known.get(id) ?? this.#openKnown(id, signal);
    this.#known.set(id, known);
    return known;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#known.values());
    for (const opened of this.#opened) await opened[Symbol.asyncDispose]();
  }

  async #openKnown(id: string, signal: AbortSignal): Promise<ManifestTarget> {
    if (!this.#options.store.knows(id)) return 'unnamed';
    return this.#settled(async () => {
      const opened = await openTarget(id, this.#options);
      this.#opened.push(opened);
      return opened.target.id === id ? this.#checked(opened, signal) : 'unnamed';
    }, signal);
  }

  #checked(opened: OpenedTarget, signal: AbortSignal): Promise<ManifestTarget> {
    return this.#settled(async () => {
      const { target } = opened;
      await this.#options.retry.run(() => (target.look ?? target.check).call(target, signal), signal);
      return { opened };
    }, signal);
  }

  async #settled(work: () => Promise<ManifestTarget>, signal: AbortSignal): Promise<ManifestTarget> {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (!isChatferryError(error)) throw error;
      return { problem: error };
    }
  }
}
