import { randomBytes } from 'node:crypto';

import { TusRefusal } from './tus-refusal.js';
import { TusUpload } from './tus-upload.js';

/** Supported checksum algorithms, by their names in node:crypto. */
export const CHECKSUMS: readonly string[] = ['sha256', 'sha1', 'md5'];
const DEFAULT_LIFE_MS = 24 * 3_600_000;

export type TusExtension = 'checksum' | 'concatenation' | 'expiration' | 'termination';

export interface TusUploadsOptions {
  /** The folder of the files: an absolute path to an existing private folder that only this server uses. */
  readonly folder: string;
  /** @defaultValue all extensions */
  readonly extensions?: readonly TusExtension[];
  /** @defaultValue no limit */
  readonly largestFileBytes?: number;
  /** Time after which an unfinished upload expires. @defaultValue 24 hours */
  readonly uploadLifeMs?: number;
  /** UTC milliseconds. @defaultValue `Date.now` */
  readonly now?: () => number;
}

const ALL: readonly TusExtension[] = ['checksum', 'concatenation', 'expiration', 'termination'];

/** The uploads of a server, by id. They are only known while it runs. */
export class TusUploads {
  readonly #folder: string;
  readonly #extensions: readonly TusExtension[];
  readonly #largestFileBytes: number | undefined;
  readonly #lifeMs: number;
  readonly #now: () => number;
  readonly #uploads = new Map<string, TusUpload>();

  constructor({ folder, extensions = ALL, largestFileBytes, uploadLifeMs, now = Date.now }: TusUploadsOptions) {
    this.#folder = folder;
    this.#extensions = extensions;
    this.#largestFileBytes = largestFileBytes;
    this.#lifeMs = uploadLifeMs ?? DEFAULT_LIFE_MS;
    this.#now = now;
  }

  get all(): readonly TusUpload[] {
    return [...this.#uploads.values()];
  }

  /** The headers that describe the server. */
  offer(): Readonly<Record<string, string>> {
    return {
      'tus-extension': ['creation', ...this.#extensions].join(','),
      ...(this.#largestFileBytes === undefined ? {} : { 'tus-max-size': String(this.#largestFileBytes) }),
      ...(this.#extensions.includes('checksum') ? { 'tus-checksum-algorithm': CHECKSUMS.join(',') } : {}),
    };
  }

  /**
   * Creates an upload. @throws {TusRefusal} 400 for invalid headers, 413 for a too large file, 501 for unsupported
   * ones.
   */
  async create(length: string | undefined, metadata: string, concat: string): Promise<TusUpload> {
    if (concat === '' || concat === 'partial') return this.#create(wholeNumber(length), metadata, concat);
    if (!this.#extensions.includes('concatenation')) throw new TusRefusal(501, 'Concatenation is not supported.');
    if (!concat.startsWith('final;') || length !== undefined) throw new TusRefusal(400, 'Upload-Concat is invalid.');
    const partials = concat
      .slice('final;'.length)
      .split(' ')
      .map((address) => this.#partialAt(address));
    const sizeBytes = partials.reduce((sum, partial) => sum + partial.sizeBytes, 0);
    const whole = await this.#create(sizeBytes, metadata, concat);
    for (const partial of partials) await whole.append(whole.offset, partial.read());
    return whole;
  }

  /** Finds an upload. @throws {TusRefusal} 404 if there is none, 410 if it has expired. */
  get(id: string): TusUpload {
    const upload = this.#uploads.get(id);
    if (upload === undefined) throw new TusRefusal(404, 'There is no such upload.');
    if (this.#hasExpired(upload)) throw new TusRefusal(410, 'The upload has expired.');
    return upload;
  }

  /** The header with the expiry time of an upload. */
  expiryOf(upload: TusUpload): Readonly<Record<string, string>> {
    const expires = this.#extensions.includes('expiration') && !upload.isComplete;
    return expires ? { 'upload-expires': new Date(upload.expiresAtMs).toUTCString() } : {};
  }

  async remove(upload: TusUpload): Promise<void> {
    if (!this.#extensions.includes('termination')) throw new TusRefusal(405, 'Termination is not supported.');
    await upload.remove();
    this.#uploads.delete(upload.id);
  }

  async #create(sizeBytes: number, metadata: string, concat: string): Promise<TusUpload> {
    if (sizeBytes > (this.#largestFileBytes ?? Infinity)) throw new TusRefusal(413, 'The file is too large.');
    const id = randomBytes(16).toString('hex');
    const expiresAtMs = this.#now() + this.#lifeMs;
    const upload = await TusUpload.create(this.#folder, { id, sizeBytes, metadata, concat, expiresAtMs });
    this.#uploads.set(id, upload);
    return upload;
  }

  #partialAt(address: string): TusUpload {
    const upload = this.get(address.slice(address.lastIndexOf('/') + 1));
    if (upload.concat === 'partial' && upload.isComplete) return upload;
    throw new TusRefusal(400, 'Only complete partial uploads are concatenated.');
  }

  #hasExpired(upload: TusUpload): boolean {
    return this.#extensions.includes('expiration') && !upload.isComplete && upload.expiresAtMs <= this.#now();
  }
}

function wholeNumber(text: string | undefined): number {
  if (text !== undefined && /^\d{1,15}$/.test(text)) return Number(text);
  throw new TusRefusal(400, 'Upload-Length must be a whole number.');
}
