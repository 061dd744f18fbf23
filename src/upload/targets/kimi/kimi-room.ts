import type { OwnRemoteFile, RememberedFiles } from '../../session/remembered-files.js';
import type { OutgoingFile } from '../../upload-target.js';
import { WaitsForOthers } from '../../pace/waits-for-others.js';
import type { FilesClient } from '../files-api/files-client.js';
import { FILE_ID, isCalled } from '../files-api/stored-file.js';
import { StorageRoom } from '../storage-room.js';

/**
 * An account is limited to 1,000 files and 10 GB (https://platform.kimi.ai/docs/api/files-upload). The rest is left for
 * other programs.
 */
const MAX_FILES = 950;
const MAX_BYTES = 9_500_000_000;
/** After about this time, running uploads are extracted and free space. */
const WAIT_MS = 5000;

const NONE: RememberedFiles = { list: () => [], forget: () => undefined };

/**
 * The space of an account. If it is full, the oldest files of ours are removed, never foreign files. Only one caller
 * frees space at a time, and files that this run is uploading are not removed.
 */
export class KimiRoom {
  readonly #api: FilesClient;
  readonly #room = new StorageRoom({ maxBytes: MAX_BYTES, maxFiles: MAX_FILES });
  /** Files of this run by upload, with their ids once they have one. */
  readonly #onTheirWay = new Map<string, { readonly sizeBytes: number; id?: string }>();
  #ours: RememberedFiles = NONE;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(api: FilesClient) {
    this.#api = api;
  }

  useRemembered(files: RememberedFiles): void {
    this.#ours = files;
  }

  /** Counts the used space of the account. */
  async count(signal: AbortSignal): Promise<void> {
    const held = { bytes: 0, files: 0 };
    for await (const { bytes } of this.#api.list(signal)) {
      held.files += 1;
      held.bytes += bytes ?? 0;
    }
    this.#room.count(held);
  }

  /**
   * Reserves space for a file, and frees some if necessary.
   *
   * @throws {ChatferryError} retryable while running uploads will free space; `STORE_REFUSED` when no file of ours is
   *   left.
   */
  async book(upload: string, file: OutgoingFile, signal: AbortSignal): Promise<void> {
    if (this.#onTheirWay.has(upload)) return;
    const turn = this.#turn.then(() => this.#bookInTurn(upload, file, signal));
    this.#turn = turn.catch(() => undefined);
    await turn;
  }

  /** Records that the store has the file. */
  arrived(upload: string, id: string): void {
    const found = this.#onTheirWay.get(upload);
    if (found !== undefined) found.id = id;
  }

  /** Records a file that the store has from an earlier run. It is already counted. */
  resumed(upload: string, id: string, sizeBytes: number): void {
    this.#onTheirWay.set(upload, { sizeBytes, id });
  }

  /** Records that an upload failed. */
  gaveUp(upload: string): void {
    const found = this.#onTheirWay.get(upload);
    if (this.#onTheirWay.delete(upload) && found !== undefined) this.#room.free(found.sizeBytes);
  }

  /** Records that work on a file has ended. It may now be removed to free space. */
  done(id: string): void {
    for (const [upload, found] of this.#onTheirWay) if (found.id === id) this.#onTheirWay.delete(upload);
  }

  /** Removes a file of ours. */
  async remove(id: string, sizeBytes: number, signal: AbortSignal): Promise<void> {
    await this.#api.remove(id, signal);
    this.#ours.forget(id);
    this.done(id);
    this.#room.free(sizeBytes);
  }

  /** Whether our record has it. */
  isOurs(id: string): boolean {
    return this.#ours.list().some((file) => file.id === id);
  }

  /** The record may be damaged or planted. A file with another name is left alone and removed from the record. */
  async #removeRemembered({ id, name, sizeBytes }: OwnRemoteFile, signal: AbortSignal): Promise<void> {
    const found = FILE_ID.test(id) ? await this.#api.find(id, signal) : undefined;
    if (found !== undefined && isCalled(found, name)) await this.remove(id, sizeBytes, signal);
    else this.#ours.forget(id);
  }

  async #bookInTurn(upload: string, { name, sizeBytes }: OutgoingFile, signal: AbortSignal): Promise<void> {
    while (!this.#room.book(sizeBytes)) {
      signal.throwIfAborted();
      const busy = new Set([...this.#onTheirWay.values()].map(({ id }) => id));
      const oldest = this.#ours.list().find(({ id }) => !busy.has(id));
      if (oldest !== undefined) {
        await this.#removeRemembered(oldest, signal);
        continue;
      }
      const remedy =
        'The files there were not uploaded from here and are not touched: delete those that you no longer need.';
      const refusal = this.#room.refusal(this.#api.host, { name, sizeBytes }, remedy);
      if (this.#onTheirWay.size === 0) throw refusal;
      throw new WaitsForOthers(refusal.message, WAIT_MS);
    }
    this.#onTheirWay.set(upload, { sizeBytes });
  }
}
