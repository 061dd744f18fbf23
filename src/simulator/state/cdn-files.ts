import { createCipheriv, randomBytes } from 'node:crypto';
import type { WorldFile } from '../world/world.js';

const KEY_BYTES = 32;
const IV_BYTES = 16;
const TOKEN_BYTES = 24;
const BLOCK_BYTES = 16;

/** What the account's side knows of a file that a CDN data centre also has. */
export interface CdnFile {
  /** How clients name it to the CDN. */
  readonly token: Buffer;
  /** The data centre that vouches for it, and gives hashes of it. */
  readonly dcId: number;
  readonly cdnDcId: number;
  /** AES-256-CTR. */
  readonly key: Buffer;
  readonly iv: Buffer;
  /** The right bytes. */
  readonly file: WorldFile;
  /** What the CDN has of it, before encryption. */
  readonly copy: WorldFile;
}

/** Which file, and where its two homes are. */
export type CdnPlacement = Pick<CdnFile, 'dcId' | 'cdnDcId' | 'file' | 'copy'>;

/**
 * The files that were sent to CDN data centres (https://core.telegram.org/cdn): each under a token and a key of its own.
 * A CDN keeps files in memory only, so one may have to be brought there, again and again.
 */
export class CdnFiles {
  readonly #byName = new Map<string, CdnFile>();
  readonly #byToken = new Map<string, CdnFile>();
  readonly #there = new Set<CdnFile>();
  readonly #requests = new Map<string, CdnFile>();

  /** Gives a file a token; the same one until tokens expire. @param name - Unique in the world. */
  place(name: string, placement: CdnPlacement): CdnFile {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const [token, key, iv] = [randomBytes(TOKEN_BYTES), randomBytes(KEY_BYTES), randomBytes(IV_BYTES)];
    const made = { ...placement, token, key, iv };
    this.#byName.set(name, made);
    this.#byToken.set(token.toString('hex'), made);
    return made;
  }

  /** Undefined when the token was never given out, or is too old. */
  find(token: Buffer): CdnFile | undefined {
    return this.#byToken.get(token.toString('hex'));
  }

  /** Whether the CDN has it in memory now. */
  isThere(file: CdnFile): boolean {
    return this.#there.has(file);
  }

  /** The CDN asks for a file. @returns what the client has to take to the data centre that vouches for the file. */
  request(file: CdnFile): Buffer {
    const token = randomBytes(TOKEN_BYTES);
    this.#requests.set(token.toString('hex'), file);
    return token;
  }

  /** Brings a file to the CDN that asked for it. @returns false when it did not ask so. */
  upload(file: CdnFile, requestToken: Buffer): boolean {
    if (this.#requests.get(requestToken.toString('hex')) !== file) return false;
    this.#there.add(file);
    return true;
  }

  /** All CDN data centres run out of memory. */
  evict(): void {
    this.#there.clear();
  }

  /** All tokens given out so far are too old. */
  expireTokens(): void {
    this.#byName.clear();
    this.#byToken.clear();
    this.#requests.clear();
    this.evict();
  }
}

/** A range of a file as the CDN has it. `offset` is a multiple of 16. Fewer bytes come where the file ends. */
export function encryptedRange({ copy, key, iv }: CdnFile, offset: number, length: number): Buffer {
  if (offset >= copy.sizeBytes) return Buffer.alloc(0);
  const counter = Buffer.from(iv);
  counter.writeUInt32BE(offset / BLOCK_BYTES, IV_BYTES - 4); // https://core.telegram.org/cdn#decrypting-files
  return createCipheriv('aes-256-ctr', key, counter).update(copy.read(offset, length));
}
