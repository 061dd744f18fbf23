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
  /** Size of the whole file, if known. */
  readonly sizeBytes?: number | undefined;
  /**
   * Returns the current location. Called when the file reference has expired.
   *
   * @throws {ChatferryError} `MEDIA_UNAVAILABLE` if the file no longer has one.
   */
  readonly refresh: (refused: TelegramLocation, signal: AbortSignal) => Promise<TelegramLocation>;
}

export interface PartOptions {
  readonly signal: AbortSignal;
  /**
   * Number of bytes to request; must be valid for `upload.getFile`. @defaultValue a full part: see {@link partBytesOf}
   */
  readonly sizeBytes?: number | undefined;
  /** Index of the media connection to use, modulo their number. @defaultValue the connection with the fewest calls */
  readonly connection?: number | undefined;
  /** Called for every failed attempt, also if a later attempt succeeds. */
  readonly onTrouble?: (trouble: CallTrouble) => void;
}

// If a refresh returns the same reference that was refused, it will be refused again.
const MAX_UNCHANGED_REFRESHES_PER_PART = 3;
// A new reference may expire before it is used, but not endlessly.
const MAX_REFRESHES_PER_PART = 50;
const MAX_MOVES = 3;
// CDN tokens expire. After this many redirects the file is fetched from its data centre.
const MAX_REDIRECTS = 4;

/** Fetches parts of one file from its data centre or a CDN, and renews the file reference when it expires. */
export class RemoteFile {
  readonly #client: TelegramClient;
  readonly #refresh: RemoteFileOptions['refresh'];
  #location: TelegramLocation;
  #refreshing: Promise<void> | undefined;
  /** The CDN that Telegram redirected to. */
  #cdn: CdnFile | undefined;
  #redirectsLeft = MAX_REDIRECTS;
  readonly #sizeBytes: number | undefined;

  /** The data centre of the file, according to the latest answer. */
  get dcId(): number {
    return this.#location.dcId;
  }

  /** The version for the part journal: old parts are not used after the file has moved to another data centre. */
  get version(): string {
    return String(this.dcId);
  }

  /** The data centre that currently serves the bytes: {@link RemoteFile.dcId} or a CDN. */
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
   * Fetches a part. `offset` is a multiple of its size: see {@link partBytesOf}. Fewer bytes are returned only at the
   * end of the file, none beyond it.
   *
   * @throws {ChatferryError} `MEDIA_UNAVAILABLE`, `FILE_REFERENCE_EXPIRED` if fresh references are refused as well, and
   *   as {@link TelegramClient.call} does.
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
        throw new ChatferryError('MEDIA_UNAVAILABLE', 'Telegram serves this file from CDNs only, and none is usable.');
      this.#followCdn(answer);
    }
  }

  /**
   * The server's hashes from `offset` on. The server decides how many it returns. @throws as {@link RemoteFile.part}
   * does.
   */
  async hashes(offset: number, signal: AbortSignal): Promise<readonly FileHash[]> {
    // CDN hashes exist only up to the announced end of the file.
    const cdn = offset < (this.#sizeBytes ?? Infinity) ? this.#cdn : undefined;
    const atCdn = await cdn?.hashes({ offset, sizeBytes: partBytesOf(this.#sizeBytes) }, signal);
    if (atCdn !== undefined) return atCdn;
    return this.#follow(async (location) => {
      const request = new Api.upload.GetFileHashes({ location: inputLocation(location), offset: bigInt(offset) });
      // On a media connection this small answer would queue behind parts of half a megabyte, and delay its own part.
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

  /** If several parts are redirected, only the first redirect is used. */
  #followCdn(redirect: Api.upload.FileCdnRedirect): void {
    if (this.#cdn !== undefined || this.#redirectsLeft === 0) return;
    this.#redirectsLeft -= 1;
    this.#cdn = new CdnFile(this.#client, { redirect, dcId: this.#location.dcId, sizeBytes: this.#sizeBytes });
  }

  /** Calls `request` with the current location, and again after the file has moved or its reference was renewed. */
  async #follow<T>(request: (location: TelegramLocation) => Promise<T>, signal: AbortSignal): Promise<T> {
    let refreshCount = 0;
    let unchangedCount = 0;
    let moveCount = 0;
    for (;;) {
      const location = this.#location;
      try {
        return await request(location);
      } catch (error) {
        const move = migrationTarget(rpcErrorText(error) ?? '');
        if (move?.kind === 'file' && moveCount < MAX_MOVES) {
          moveCount += 1;
          this.#location = { ...this.#location, dcId: move.dcId };
        } else if (isChatferryError(error, 'FILE_REFERENCE_EXPIRED') && refreshCount < MAX_REFRESHES_PER_PART) {
          refreshCount += 1;
          await this.#renew(location, signal);
          const isSame = Buffer.from(location.fileReference).equals(this.#location.fileReference);
          if (isSame) unchangedCount += 1;
          if (unchangedCount === MAX_UNCHANGED_REFRESHES_PER_PART) throw error;
        } else {
          throw error;
        }
      }
    }
  }

  /** Renews the location. Parts that were refused with the same reference share one refresh. */
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
