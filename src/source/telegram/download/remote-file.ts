import bigInt from 'big-integer';
import { Api } from 'telegram';

import { ChatferryError, isChatferryError } from '../../../errors/chatferry-error.js';
import { CdnFile } from './cdn-file.js';
import type { FileRange } from './cdn-hashes.js';
import type { TelegramClient } from '../wire/client.js';
import type { FileHash } from './file-hashes.js';
import type { CallTrouble } from '../wire/connections/media-connections.js';
import { partBytesOf } from './part-plan.js';
import { migrationTarget, rpcErrorText } from '../wire/rpc-errors.js';
import type { TelegramLocation } from '../convert/telegram-location.js';

export interface RemoteFileOptions {
  readonly location: TelegramLocation;
  /** Of the whole file, where it is known. */
  readonly sizeBytes?: number | undefined;
  /**
   * The location as it is now, for when the file reference went stale.
   *
   * @throws {ChatferryError} `MEDIA_UNAVAILABLE` when there is none any more.
   */
  readonly refresh: (refused: TelegramLocation, signal: AbortSignal) => Promise<TelegramLocation>;
}

export interface PartOptions {
  readonly signal: AbortSignal;
  /** How many bytes to ask for, by the rules of `upload.getFile`. @defaultValue a full part: see {@link partBytesOf} */
  readonly sizeBytes?: number | undefined;
  /** Which of the connections for media, from 0; one beyond their count wraps. @defaultValue the one with fewest calls */
  readonly connection?: number | undefined;
  /** Told of each thing that goes wrong on the way, also where it is overcome. */
  readonly onTrouble?: (trouble: CallTrouble) => void;
}

// A reference that is refused, and that Telegram still gives when asked anew, will be refused again.
const MOST_VAIN_REFRESHES_PER_PART = 3;
// Another one may have gone stale on its way; but there is an end to that too.
const MOST_REFRESHES_PER_PART = 50;
const MOST_MOVES = 3;
// Tokens of a content network go stale; one whose tokens do so all the time is not worth it.
const MOST_REDIRECTS = 4;

/** One file at Telegram: gives its parts, wherever it lies and however often its reference goes stale meanwhile. */
export class RemoteFile {
  readonly #client: TelegramClient;
  readonly #refresh: RemoteFileOptions['refresh'];
  #location: TelegramLocation;
  #refreshing: Promise<void> | undefined;
  /** Where Telegram sent us for the bytes. */
  #cdn: CdnFile | undefined;
  #redirectsLeft = MOST_REDIRECTS;
  readonly #sizeBytes: number | undefined;

  /** The data centre that has it, as far as is known. */
  get dcId(): number {
    return this.#location.dcId;
  }

  /** For a journal of parts: those of a file that has moved to another data centre are not trusted. */
  get version(): string {
    return String(this.dcId);
  }

  /** The data centre that gives the bytes now: that one, or a CDN. */
  get servingDcId(): number {
    return this.#cdn?.dcId ?? this.dcId;
  }

  constructor(client: TelegramClient, { location, refresh, sizeBytes }: RemoteFileOptions) {
    this.#sizeBytes = sizeBytes;
    this.#client = client;
    this.#refresh = refresh;
    this.#location = location;
  }

  /**
   * Fetches a part from `offset`, a multiple of its size: see {@link partBytesOf}. Fewer bytes come at the end of the file only,
   * none behind it.
   *
   * @throws {ChatferryError} `MEDIA_UNAVAILABLE`, `FILE_REFERENCE_EXPIRED` when a fresh one is refused too, and as
   *   {@link TelegramClient.call} does.
   */
  async part(offset: number, options: PartOptions): Promise<Buffer> {
    const range = { offset, sizeBytes: options.sizeBytes ?? partBytesOf(this.#sizeBytes) };
    for (;;) {
      const cdn = this.#cdn;
      const fromCdn = await cdn?.part(range, options);
      if (fromCdn instanceof Buffer) return fromCdn;
      if (cdn !== undefined && this.#cdn === cdn) {
        this.#cdn = undefined;
        if (fromCdn === 'useless') this.#redirectsLeft = 0;
      }
      const cdnSupported = this.#redirectsLeft > 0 && this.#client.cdn.isUsable;
      const answer = await this.#getFile(range, { ...options, cdnSupported });
      if (answer instanceof Api.upload.File) return answer.bytes;
      if (!cdnSupported)
        throw new ChatferryError('MEDIA_UNAVAILABLE', 'Telegram has this file in a content network only.');
      this.#followCdn(answer);
    }
  }

  /** What the server says of the bytes from `offset` on, as far as it likes. @throws as {@link RemoteFile.part} does. */
  async hashes(offset: number, signal: AbortSignal): Promise<readonly FileHash[]> {
    // What is asked of a CDN ends where the file is announced to end.
    const cdn = offset < (this.#sizeBytes ?? Infinity) ? this.#cdn : undefined;
    const atCdn = await cdn?.hashes({ offset, sizeBytes: partBytesOf(this.#sizeBytes) }, signal);
    if (atCdn !== undefined) return atCdn;
    return this.#follow(async (location) => {
      const request = new Api.upload.GetFileHashes({ location: inputLocation(location), offset: bigInt(offset) });
      // Behind parts of half a megabyte, a hundred bytes would arrive last, and the part they speak of would wait for them.
      const hashes = await this.#client.invoke(request, { signal, dcId: location.dcId, lane: 'main' });
      return hashes.map(({ offset: begin, limit, hash }) => ({
        offset: Number(begin),
        sizeBytes: limit,
        sha256: hash,
      }));
    }, signal);
  }

  #getFile(
    { offset, sizeBytes }: FileRange,
    { cdnSupported, connection, signal, onTrouble }: PartOptions & { readonly cdnSupported: boolean },
  ): Promise<Api.upload.TypeFile> {
    return this.#follow((location) => {
      const request = new Api.upload.GetFile({
        location: inputLocation(location),
        offset: bigInt(offset),
        limit: sizeBytes,
        cdnSupported,
      });
      return this.#client.invoke(request, {
        signal,
        dcId: location.dcId,
        lane: 'media',
        ...(connection === undefined ? {} : { connection }),
        ...(onTrouble === undefined ? {} : { onTrouble }),
      });
    }, signal);
  }

  /** Of several parts that were sent away, the first counts. */
  #followCdn(redirect: Api.upload.FileCdnRedirect): void {
    if (this.#cdn !== undefined || this.#redirectsLeft === 0) return;
    this.#redirectsLeft -= 1;
    this.#cdn = new CdnFile(this.#client, { redirect, dcId: this.#location.dcId, sizeBytes: this.#sizeBytes });
  }

  /** Asks where the file is now, with the reference that holds now. */
  async #follow<T>(ask: (location: TelegramLocation) => Promise<T>, signal: AbortSignal): Promise<T> {
    let refreshCount = 0;
    let vainCount = 0;
    let moveCount = 0;
    for (;;) {
      const location = this.#location;
      try {
        return await ask(location);
      } catch (error) {
        const move = migrationTarget(rpcErrorText(error) ?? '');
        if (move?.kind === 'file' && moveCount < MOST_MOVES) {
          moveCount += 1;
          this.#location = { ...this.#location, dcId: move.dcId };
        } else if (isChatferryError(error, 'FILE_REFERENCE_EXPIRED') && refreshCount < MOST_REFRESHES_PER_PART) {
          refreshCount += 1;
          await this.#renew(location, signal);
          const isSame = Buffer.from(location.fileReference).equals(this.#location.fileReference);
          if (isSame) vainCount += 1;
          if (vainCount === MOST_VAIN_REFRESHES_PER_PART) throw error;
        } else {
          throw error;
        }
      }
    }
  }

  /** Once for all parts that were refused with the same reference. */
  async #renew(refused: TelegramLocation, signal: AbortSignal): Promise<void> {
    if (this.#location.fileReference !== refused.fileReference) return;
    this.#refreshing ??= this.#refresh(refused, signal)
      .then((location) => {
        this.#location = { ...location, dcId: this.#location.dcId };
      })
      .finally(() => {
        this.#refreshing = undefined;
      });
    await this.#refreshing;
  }
}

function inputLocation(location: TelegramLocation): Api.TypeInputFileLocation {
  const fields = {
    id: bigInt(location.id),
    accessHash: bigInt(location.accessHash),
    fileReference: Buffer.from(location.fileReference),
    thumbSize: location.thumbSize,
  };
  return location.kind === 'photo' ? new Api.InputPhotoFileLocation(fields) : new Api.InputDocumentFileLocation(fields);
}
