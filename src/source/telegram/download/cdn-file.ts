import { createDecipheriv } from 'node:crypto';

import bigInt from 'big-integer';
import { Api } from 'telegram';

import { ChatferryError, type ErrorCode, errorMessage, isChatferryError } from '../../../errors/chatferry-error.js';
import { CdnHashes, type FileRange } from './cdn-hashes.js';
import { cdnRequest } from './cdn-request.js';
import type { TelegramClient } from '../wire/client.js';
import type { FileHash } from './file-hashes.js';
import type { CallTrouble } from '../wire/connections/media-connections.js';
import { rpcErrorText } from '../wire/rpc-errors.js';

export interface CdnFileOptions {
  /** The redirect that the file's data centre sent instead of bytes. */
  readonly redirect: Api.upload.FileCdnRedirect;
  /** The file's data centre. It is trusted; the CDN is not. */
  readonly dcId: number;
  readonly sizeBytes: number | undefined;
}

/**
 * Why a CDN returned no bytes. `expired`: the file's data centre may redirect to the CDN again. `useless`: this file
 * has to be fetched from its data centre.
 */
export type CdnRefusal = 'expired' | 'useless';

export interface CdnPartOptions {
  readonly signal: AbortSignal;
  /** Called for every failed attempt, also if a later attempt succeeds. */
  readonly onTrouble?: (trouble: CallTrouble) => void;
}

// https://core.telegram.org/cdn#decrypting-files
const KEY_BYTES = 32;
const IV_BYTES = 16;
const CIPHER_BLOCK_BYTES = 16;
/** The first wrong part may be a temporary failure. */
const MAX_TRIES = 2;
/** A CDN that keeps dropping a file after reuploads is given up. */
const MAX_REUPLOADS_PER_PART = 3;
/** Few, as the file's data centre also has the file. */
const MAX_RETRIES = 2;
/**
 * Failures that other files would meet at the CDN as well. For example, CDNs do not serve bots
 * (https://core.telegram.org/method/upload.getCdnFile).
 */
const CDN_WIDE_FAILURES: readonly ErrorCode[] = ['UNREACHABLE', 'TIMEOUT', 'LOGIN_REQUIRED', 'NO_ACCESS', 'USAGE'];

/**
 * Fetches one file from a CDN data centre. Parts are decrypted and verified against hashes from the file's data centre.
 */
export class CdnFile {
  readonly #client: TelegramClient;
  readonly #redirect: Api.upload.FileCdnRedirect;
  readonly #dcId: number;
  readonly #hashes: CdnHashes;
  #reuploading: Promise<void> | undefined;
  #reuploadCount = 0;

  constructor(client: TelegramClient, { redirect, dcId, sizeBytes }: CdnFileOptions) {
    this.#client = client;
    this.#redirect = redirect;
    this.#dcId = dcId;
    this.#hashes = new CdnHashes((offset, signal) => this.#fetchHashes(offset, signal), sizeBytes);
    this.#hashes.add(fileHashes(redirect.fileHashes));
  }

  /** The CDN data centre. */
  get dcId(): number {
    return this.#redirect.dcId;
  }

  /**
   * Fetches a range that is valid for `upload.getFile`. Fewer bytes are returned only at the end of the file, none
   * beyond it.
   *
   * @throws {ChatferryError} `INTERRUPTED` when the client closes; the signal's reason when it aborts. All other
   *   failures are logged and returned as a {@link CdnRefusal}.
   */
  async part(range: FileRange, options: CdnPartOptions): Promise<Buffer | CdnRefusal> {
    try {
      for (let trial = 1; trial <= MAX_TRIES; trial += 1) {
        const [sealed] = await Promise.all([
          this.#fetch(range, options),
          this.#hashes.of(range, options.signal), // Fetched at the same time as the bytes.
        ]);
        const bytes = this.#decrypt(sealed, range.offset);
        if (await this.#hashes.verify(range, bytes, options.signal)) return bytes;
        this.#hashes.forget(range); // The hashes themselves may be wrong.
      }
    } catch (error) {
      options.signal.throwIfAborted();
      if (isChatferryError(error, 'INTERRUPTED')) throw error;
      return this.#refusal(error);
    }
    const message = `CDN ${this.dcId} sent wrong bytes of a file, from byte ${range.offset} on.`;
    this.#client.log('warn', `${message} The file is fetched from its data centre.`);
    return 'useless';
  }

  /** The hashes of a range from the file's data centre. Undefined if the file token has expired. */
  async hashes(range: FileRange, signal: AbortSignal): Promise<readonly FileHash[] | undefined> {
    try {
      return await this.#hashes.of(range, signal);
    } catch (error) {
      if (isTokenRefused(error)) return undefined;
      throw error;
    }
  }

  async #fetch({ offset, sizeBytes }: FileRange, options: CdnPartOptions): Promise<Buffer> {
    await this.#client.cdn.enter(this.dcId, options.signal);
    const request = cdnRequest(this.#client.apiId, { fileToken: this.#redirect.fileToken, offset, limit: sizeBytes });
    for (let reuploads = 0; ; reuploads += 1) {
      const reuploadsBefore = this.#reuploadCount;
      const answer = await this.#ask(request, options);
      if (answer instanceof Api.upload.CdnFile) return answer.bytes;
      if (reuploads === MAX_REUPLOADS_PER_PART) {
        throw new ChatferryError('MEDIA_UNAVAILABLE', `CDN ${this.dcId} does not store the file.`);
      }
      // Skipped if another part has caused a reupload since this part was requested.
      if (reuploadsBefore === this.#reuploadCount) await this.#reupload(answer.requestToken, options.signal);
    }
  }

  async #ask(
    request: ReturnType<typeof cdnRequest>,
    { signal, onTrouble }: CdnPartOptions,
  ): Promise<Api.upload.TypeCdnFile> {
    try {
      return await this.#client.call(request, {
        signal,
        dcId: this.dcId,
        lane: 'media',
        maxRetries: MAX_RETRIES,
        ...(onTrouble === undefined ? {} : { onTrouble }),
      });
    } catch (error) {
      if (!signal.aborted && isChatferryError(error, ...CDN_WIDE_FAILURES)) {
        this.#client.cdn.avoid();
      }
      throw error;
    }
  }

  /** Asks the data centre to upload the file to the CDN again. Parts that fail at the same time share one reupload. */
  #reupload(requestToken: Buffer, signal: AbortSignal): Promise<void> {
    this.#reuploading ??= this.#client
      .invoke(new Api.upload.ReuploadCdnFile({ fileToken: this.#redirect.fileToken, requestToken }), {
        signal,
        dcId: this.#dcId,
        lane: 'media',
      })
      .then((hashes) => {
        this.#hashes.add(fileHashes(hashes));
        this.#reuploadCount += 1;
      })
      .finally(() => {
        this.#reuploading = undefined;
      });
    return this.#reuploading;
  }

  async #fetchHashes(offset: number, signal: AbortSignal): Promise<readonly FileHash[]> {
    const request = new Api.upload.GetCdnFileHashes({ fileToken: this.#redirect.fileToken, offset: bigInt(offset) });
    return fileHashes(await this.#client.invoke(request, { signal, dcId: this.#dcId, lane: 'media' }));
  }

  #decrypt(sealed: Buffer, offset: number): Buffer {
    const { encryptionKey, encryptionIv } = this.#redirect;
    if (encryptionKey.length !== KEY_BYTES || encryptionIv.length !== IV_BYTES) {
      throw new ChatferryError('UNDECODABLE', 'Telegram sent no AES-256 key for a file at a CDN.');
    }
    const counter = Buffer.from(encryptionIv);
    counter.writeUInt32BE(offset / CIPHER_BLOCK_BYTES, IV_BYTES - 4);
    return createDecipheriv('aes-256-ctr', encryptionKey, counter).update(sealed);
  }

  #refusal(error: unknown): CdnRefusal {
    this.#client.log('debug', `CDN ${this.dcId} returned no bytes of a file: ${errorMessage(error)}`);
    return isTokenRefused(error) ? 'expired' : 'useless';
  }
}

/** Documented errors of https://core.telegram.org/method/upload.getCdnFile and of upload.reuploadCdnFile. */
function isTokenRefused(error: unknown): boolean {
  return /^(?:FILE|REQUEST)_TOKEN_INVALID$/.test(rpcErrorText(error) ?? '');
}

function fileHashes(hashes: readonly Api.TypeFileHash[]): readonly FileHash[] {
  return hashes.map(({ offset, limit, hash }) => ({ offset: offset.toJSNumber(), sizeBytes: limit, sha256: hash }));
}
