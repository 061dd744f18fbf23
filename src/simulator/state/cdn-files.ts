import { createCipheriv, randomBytes } from 'node:crypto';
import type { WorldFile } from '../world/world.js';

const KEY_BYTES = 32;
const IV_BYTES = 16;
const TOKEN_BYTES = 24;
const BLOCK_BYTES = 16;

/** A file that a CDN data centre may also have. */
export interface CdnFile {
  /** The token with which clients request it from the CDN. */
  readonly token: Buffer;
  /** The file's own data centre, which provides its hashes. */
  readonly dcId: number;
  readonly cdnDcId: number;
  /** The key of AES-256-CTR. */
  readonly key: Buffer;
  readonly iv: Buffer;
  /** The correct bytes. */
  readonly file: WorldFile;
  /** The bytes that the CDN has, before encryption. They may be wrong. */
  readonly copy: WorldFile;
}

/** A file, its data centre and its CDN. */
export type CdnPlacement = Pick<CdnFile, 'dcId' | 'cdnDcId' | 'file' | 'copy'>;

/**
 * The files of CDN data centres (https://core.telegram.org/cdn). Each has its own token and key. A CDN keeps files in
 * memory only, so a file may have to be uploaded there again.
 */
export class CdnFiles {
  readonly #byName = new Map<string, CdnFile>();
  readonly #byToken = new Map<string, CdnFile>();
  readonly #cached = new Set<CdnFile>();
  readonly #requests = new Map<string, CdnFile>();

  /** Assigns a token to a file. It stays the same until tokens expire. @param name - Unique in the world. */
  place(name: string, placement: CdnPlacement): CdnFile {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const [token, key, iv] = [randomBytes(TOKEN_BYTES), randomBytes(KEY_BYTES), randomBytes(IV_BYTES)];
    const made = { ...placement, token, key, iv };
    this.#byName.set(name, made);
    this.#byToken.set(token.toString('hex'), made);
    return made;
  }

  /** The file of a token. Undefined if the token is unknown or has expired. */
  find(token: Buffer): CdnFile | undefined {
    return this.#byToken.get(token.toString('hex'));
  }

  /** Whether the CDN has the file in memory. */
  isCached(file: CdnFile): boolean {
    return this.#cached.has(file);
  }

  /**
   * Requests the upload of a file to the CDN. @returns the token that the client has to pass to the file's data centre.
   */
  request(file: CdnFile): Buffer {
    const token = randomBytes(TOKEN_BYTES);
    this.#requests.set(token.toString('hex'), file);
    return token;
  }

  /** Uploads a file to the CDN that requested it. @returns false if there is no such request. */
  upload(file: CdnFile, requestToken: Buffer): boolean {
    if (this.#requests.get(requestToken.toString('hex')) !== file) return false;
    this.#cached.add(file);
    return true;
  }

  /** Removes all files from the memory of the CDN data centres. */
  evict(): void {
    this.#cached.clear();
  }

  /** Expires all tokens that were sent so far. */
  expireTokens(): void {
    this.#byName.clear();
    this.#byToken.clear();
    this.#requests.clear();
    this.evict();
  }
}

/**
 * An encrypted range of the CDN's copy. `offset` is a multiple of 16. Fewer bytes are returned at the end of the file.
 */
export function encryptedRange({ copy, key, iv }: CdnFile, offset: number, length: number): Buffer {
  if (offset >= copy.sizeBytes) return Buffer.alloc(0);
  const counter = Buffer.from(iv);
  counter.writeUInt32BE(offset / BLOCK_BYTES, IV_BYTES - 4); // https://core.telegram.org/cdn#decrypting-files
  return createCipheriv('aes-256-ctr', key, counter).update(copy.read(offset, length));
}
