import type { OwnRemoteFile, RememberedFiles } from '../../session/remembered-files.js';
import type { OutgoingFile } from '../../upload-target.js';
import { WaitsForOthers } from '../../pace/waits-for-others.js';
import type { FilesClient } from '../files-api/files-client.js';
import { FILE_ID, isCalled } from '../files-api/stored-file.js';
import { StorageRoom } from '../storage-room.js';

/** An account takes 1,000 files and 10 GB (https://platform.kimi.ai/docs/api/files-upload). The rest is left to others. */
const MOST_FILES = 950;
const MOST_BYTES = 9_500_000_000;
/** Files on their way will be read, and make room, after about so long. */
const WAIT_MS = 5000;

const NONE: RememberedFiles = { list: () => [], forget: () => undefined };

/**
 * The room of an account. Where it is full, the oldest files of ours go; files of others never do. One makes room at a
 * time, and a file that is on its way in this run is not removed.
 */
export class KimiRoom {
  readonly #api: FilesClient;
  readonly #room = new StorageRoom({ mostBytes: MOST_BYTES, mostFiles: MOST_FILES });
  /** Files on their way, by their upload, with their ids once they have one. */
  readonly #onTheirWay = new Map<string, { readonly sizeBytes: number; id?: string }>();
  #ours: RememberedFiles = NONE;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(api: FilesClient) {
    this.#api = api;
  }

  useRemembered(files: RememberedFiles): void {
    this.#ours = files;
  }

  /** Counts what the account holds. */
  async count(signal: AbortSignal): Promise<void> {
    const held = { bytes: 0, files: 0 };
    for await (const { bytes } of this.#api.list(signal)) {
      held.files += 1;
      held.bytes += bytes ?? 0;
    }
    this.#room.count(held);
  }

  /**
   * Books room for a file that is going to be sent, and makes it where there is none.
   *
   * @throws {ChatferryError} retryable while files on their way will make room; `STORE_REFUSED` when nothing of ours is left.
   */
  async book(upload: string, file: OutgoingFile, signal: AbortSignal): Promise<void> {
    if (this.#onTheirWay.has(upload)) return;
    const turn = this.#turn.then(() => this.#bookInTurn(upload, file, signal));
    this.#turn = turn.catch(() => undefined);
    await turn;
  }

  /** The store has it. */
  arrived(upload: string, id: string): void {
    const found = this.#onTheirWay.get(upload);
    if (found !== undefined) found.id = id;
  }

  /** The store has it since an earlier run: it was counted with what is there. */
  resumed(upload: string, id: string, sizeBytes: number): void {
    this.#onTheirWay.set(upload, { sizeBytes, id });
  }

  /** An upload came to nothing. */
  gaveUp(upload: string): void {
    const found = this.#onTheirWay.get(upload);
    if (this.#onTheirWay.delete(upload) && found !== undefined) this.#room.free(found.sizeBytes);
  }

  /** Nothing more is done with a file. It may be removed for others now. */
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

  /** Whether it is remembered as one of ours. */
  isOurs(id: string): boolean {
    return this.#ours.list().some((file) => file.id === id);
  }

  /** What is remembered may be damaged or planted: a file that is called otherwise is left alone, and is not ours any more. */
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
