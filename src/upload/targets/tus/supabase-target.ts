import { ChatferryError } from '../../../errors/chatferry-error.js';
import type {
  Confirmation,
  ExpectedFile,
  HeldParts,
  OutgoingFile,
  PartReceipt,
  PartToSend,
  RemoteFile,
  RemoteUpload,
  SentParts,
  TargetAbilities,
  TargetLimits,
  UploadDivision,
  UploadTarget,
} from '../../upload-target.js';
import { objectName } from './object-name.js';
import { TusTarget } from './tus-target.js';
import { TusWire } from './tus-wire.js';
import { byteCount, uploadsOf } from './upload-record.js';

/** The size of every part but the last (https://supabase.com/docs/guides/storage/uploads/resumable-uploads). */
const PART_BYTES = 6 * 1024 * 1024;
/** How long the address of an upload is valid, by the same page. */
const UPLOAD_LIFE_MS = 24 * 3_600_000;
/** The path of uploads, by the same page. Behind a proxy it may have another prefix. */
const UPLOAD_PATH = /\/upload\/resumable\/[^/]+$/;
/** Status codes for a missing object; older versions use 400. */
const NOT_THERE = [400, 404];

export interface SupabaseTargetOptions {
  /** Of the project, such as `https://abcdefgh.supabase.co`. */
  readonly projectUrl: URL;
  /** A secret key (`sb_secret_…`), or a JWT. */
  readonly key: string;
  readonly bucket: string;
  /** The prefix of file names: empty, or without leading and trailing slashes. */
  readonly prefix: string;
  readonly connectionCount: number;
  readonly timeoutMs: number;
  readonly allowPrivateRedirects: boolean;
  /** UTC milliseconds. @defaultValue `Date.now` */
  readonly now?: () => number;
}

/**
 * A bucket of Supabase Storage: tus with a fixed part size, and the object name in the metadata. A finished file is an
 * object, and is checked, read and removed as such, because the address of its upload expires.
 */
export class SupabaseTarget implements UploadTarget {
  readonly id: string;
  readonly #tus: TusTarget;
  readonly #objects: TusWire;
  readonly #storage: URL;
  readonly #bucket: string;
  readonly #prefix: string;

  constructor({ projectUrl, key, bucket, prefix, ...connection }: SupabaseTargetOptions) {
    this.#storage = new URL('/storage/v1/', projectUrl);
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.id = ['supabase:/', projectUrl.host, bucket, ...(prefix === '' ? [] : [prefix])].join('/');
    const endpoint = new URL('upload/resumable', this.#storage);
    const headers = headersOf(key);
    this.#tus = new TusTarget({
      ...connection,
      endpoint,
      headers: { ...headers, 'x-upsert': 'true' }, // A run that resumes after a lost answer finds its own object there.
      metadata: (file) => this.#metadataOf(file),
      partBytes: PART_BYTES,
      sessionLifeMs: UPLOAD_LIFE_MS,
      inOnePiece: true,
      keySetting: 'SUPABASE_KEY',
    });
    this.#objects = new TusWire({ ...connection, endpoint, headers, keySetting: 'SUPABASE_KEY' });
  }

  /**
   * The largest file depends on the plan and the bucket. The server reports the former limit, and enforces the latter.
   */
  get limits(): TargetLimits {
    return this.#tus.limits;
  }

  get abilities(): TargetAbilities {
    return this.#tus.abilities;
  }

  async check(signal: AbortSignal): Promise<void> {
    await this.#tus.check(signal);
  }

  begin(file: OutgoingFile, signal: AbortSignal, division: UploadDivision): Promise<RemoteUpload> {
    return this.#tus.begin(file, signal, division);
  }

  async owns(upload: RemoteUpload): Promise<boolean> {
    return (
      (await this.#tus.owns(upload)) &&
      uploadsOf(upload).every(({ address }) => UPLOAD_PATH.test(new URL(address, this.#storage).pathname))
    );
  }

  holds({ id }: RemoteFile, name: string): boolean {
    return id === this.#objectOf(name);
  }

  held(upload: RemoteUpload, sent: SentParts, signal: AbortSignal): Promise<HeldParts> {
    return this.#tus.held(upload, sent, signal);
  }

  sendPart(upload: RemoteUpload, toSend: PartToSend, signal: AbortSignal): Promise<PartReceipt> {
    return this.#tus.sendPart(upload, toSend, signal);
  }

  /** The last part has already created the object. */
  complete(_upload: RemoteUpload, { file: { name } }: SentParts): Promise<RemoteFile> {
    const id = this.#objectOf(name);
    return Promise.resolve({ id, address: this.#addressOf(id) });
  }

  abort(upload: RemoteUpload, signal: AbortSignal): Promise<void> {
    return this.#tus.abort(upload, signal);
  }

  /** Compares the size, because the ETag of an object that was sent in parts is not a hash of its content. */
  async confirm({ id }: RemoteFile, { sizeBytes }: ExpectedFile, signal: AbortSignal): Promise<Confirmation> {
    const answer = await this.#objects.send({ method: 'HEAD', address: this.#addressOf(id) }, signal);
    if (NOT_THERE.includes(answer.status)) return { state: 'missing' };
    if (answer.status >= 300) throw this.#objects.refused(answer, `say what it has of ${id}`);
    const found = byteCount(answer.headers['content-length']);
    if (found === undefined) throw this.#objects.passing(`does not say how large ${id} is`);
    return found === sizeBytes
      ? { state: 'same', by: 'size' }
      : { state: 'different', by: 'size', found: `${found} bytes` };
  }

  read({ id }: RemoteFile, signal: AbortSignal): AsyncIterable<Uint8Array> {
    return this.#objects.read(this.#addressOf(id), signal);
  }

  async remove({ id }: RemoteFile, signal: AbortSignal): Promise<void> {
    const address = this.#addressOf(id, 'object');
    const answer = await this.#objects.send({ method: 'DELETE', address }, signal);
    const isOver = answer.status < 300 || NOT_THERE.includes(answer.status);
    if (!isOver) throw this.#objects.refused(answer, `remove ${id}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tus[Symbol.asyncDispose]();
    await this.#objects[Symbol.asyncDispose]();
  }

  #metadataOf({ name, contentType }: OutgoingFile): Readonly<Record<string, string>> {
    return { bucketName: this.#bucket, objectName: this.#objectOf(name), contentType, cacheControl: '3600' };
  }

  #objectOf(name: string): string {
    return objectName(this.#prefix === '' ? name : `${this.#prefix}/${name}`);
  }

  /** @throws {ChatferryError} `STORE_REFUSED` for an object outside this place, because a manifest is untrusted. */
  #addressOf(id: string, kind: 'object' | 'object/authenticated' = 'object/authenticated'): string {
    if (!this.isOwnObject(id)) throw new ChatferryError('STORE_REFUSED', `${id} is no file of ${this.id}.`);
    const path = [this.#bucket, ...id.split('/')].map(encodeURIComponent).join('/');
    return new URL(`${kind}/${path}`, this.#storage).href;
  }

  /** Whether an object can belong to this place, by its name. */
  isOwnObject(id: string): boolean {
    const isHere = this.#prefix === '' || id.startsWith(`${objectName(this.#prefix)}/`);
    return isHere && id.split('/').every((name) => !['', '.', '..'].includes(name));
  }
}

/** Secret keys are not JWTs, and `Authorization` is only for JWTs (https://supabase.com/docs/guides/api/api-keys). */
function headersOf(key: string): Readonly<Record<string, string>> {
  return key.startsWith('sb_') ? { apikey: key } : { apikey: key, authorization: `Bearer ${key}` };
}
