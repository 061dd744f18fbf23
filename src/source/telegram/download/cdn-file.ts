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
  /** What the data centre of the file said in place of bytes. */
  readonly redirect: Api.upload.FileCdnRedirect;
  /** That data centre: it answers for the file, the CDN does not. */
  readonly dcId: number;
  readonly sizeBytes: number | undefined;
}

/**
 * Why a CDN gave no bytes: `expired`, and its data centre may send us there again; `useless` for this file, which is
 * then to be had from its data centre alone.
 */
export type CdnRefusal = 'expired' | 'useless';

export interface CdnPartOptions {
  readonly signal: AbortSignal;
  /** Told of each thing that goes wrong on the way, also where it is overcome. */
  readonly onTrouble?: (trouble: CallTrouble) => void;
}

// https://core.telegram.org/cdn#decrypting-files
const KEY_BYTES = 32;
const IV_BYTES = 16;
const CIPHER_BLOCK_BYTES = 16;
/** A part that is wrong may be a passing trouble once. */
const MOST_TRIES = 2;
/** A CDN that drops files as fast as they are brought to it is of no use. */
const MOST_REUPLOADS_PER_PART = 3;
/** There is another place to have the file from. */
const MOST_RETRIES = 2;
/** What other files would meet there as well. Bots, for one, are not served: https://core.telegram.org/method/upload.getCdnFile. */
const OF_THE_CDN: readonly ErrorCode[] = ['UNREACHABLE', 'TIMEOUT', 'LOGIN_REQUIRED', 'NO_ACCESS', 'USAGE'];

/** One file at a CDN data centre: gives its parts, decrypted and proved by the hashes of the file's own data centre. */
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
   * A range by the rules of `upload.getFile`. Fewer bytes come at the end of the file only, none behind it.
   *
   * @throws {ChatferryError} `INTERRUPTED` when the client closes; the signal's reason when it aborts. All other trouble
   *   is a reason to go elsewhere, and told in the log.
   */
  async part(range: FileRange, options: CdnPartOptions): Promise<Buffer | CdnRefusal> {
    try {
      for (let trial = 1; trial <= MOST_TRIES; trial += 1) {
        const [sealed] = await Promise.all([
          this.#fetch(range, options),
          this.#hashes.of(range, options.signal), // On their way together.
        ]);
        const bytes = this.#decrypt(sealed, range.offset);
        if (await this.#hashes.prove(range, bytes, options.signal)) return bytes;
        this.#hashes.forget(range); // They may be what is wrong.
      }
    } catch (error) {
      options.signal.throwIfAborted();
      if (isChatferryError(error, 'INTERRUPTED')) throw error;
      return this.#refusal(error);
    }
    const message = `CDN ${this.dcId} sent other bytes than the file has, from byte ${range.offset} on.`;
    this.#client.log('warn', `${message} The file is fetched from its data centre.`);
    return 'useless';
  }

  /** What the file's data centre says of a range; undefined when it does not know this token any more. */
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
      if (reuploads === MOST_REUPLOADS_PER_PART) {
        throw new ChatferryError('MEDIA_UNAVAILABLE', `CDN ${this.dcId} does not keep the file.`);
      }
      // Another part may have seen to it since this one was asked for.
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
        maxRetries: MOST_RETRIES,
        ...(onTrouble === undefined ? {} : { onTrouble }),
      });
    } catch (error) {
      if (!signal.aborted && isChatferryError(error, ...OF_THE_CDN)) {
        this.#client.cdn.avoid();
      }
      throw error;
    }
  }

  /** Has the file brought to the CDN: once for all parts that it was asked for in vain. */
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
      throw new ChatferryError('UNDECODABLE', 'Telegram named no AES-256 key for a file at a CDN.');
    }
    const counter = Buffer.from(encryptionIv);
    counter.writeUInt32BE(offset / CIPHER_BLOCK_BYTES, IV_BYTES - 4);
    return createDecipheriv('aes-256-ctr', encryptionKey, counter).update(sealed);
  }

  #refusal(error: unknown): CdnRefusal {
    this.#client.log('debug', `CDN ${this.dcId} gives no bytes of a file: ${errorMessage(error)}`);
    return isTokenRefused(error) ? 'expired' : 'useless';
  }
}

/** Possible errors of https://core.telegram.org/method/upload.getCdnFile and of upload.reuploadCdnFile. */
function isTokenRefused(error: unknown): boolean {
  return /^(?:FILE|REQUEST)_TOKEN_INVALID$/.test(rpcErrorText(error) ?? '');
}

function fileHashes(hashes: readonly Api.TypeFileHash[]): readonly FileHash[] {
  return hashes.map(({ offset, limit, hash }) => ({ offset: offset.toJSNumber(), sizeBytes: limit, sha256: hash }));
}
