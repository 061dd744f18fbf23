import { ChatferryError, isChatferryError } from '../../../errors/chatferry-error.js';
import { toldTime } from '../../http/told.js';
import { UploadGone } from '../../upload-gone.js';
import type {
  Confirmation,
  ExpectedFile,
  HeldParts,
  OutgoingFile,
  PartReceipt,
  PartToSend,
  RecordedFile,
  RemoteFile,
  RemoteUpload,
  SentParts,
  TargetAbilities,
  TargetLimits,
  UploadTarget,
} from '../../upload-target.js';
import { FilesClient, type FilesClientOptions } from '../files-api/files-client.js';
import { flatName } from '../files-api/flat-name.js';
import { FILE_ID, isCalled, type StoredFile } from '../files-api/stored-file.js';
import { type StoreClock, SYSTEM_CLOCK } from '../until-ready.js';
import { type UploadObject, uploadObject, uploadPart } from './upload-object.js';

const MB = 1024 * 1024;
/** Limit for one request (https://platform.openai.com/docs/api-reference/files/create). */
const WHOLE_UP_TO_BYTES = 512 * MB;
/** https://platform.openai.com/docs/api-reference/uploads/create, and of a part /uploads/add-part. */
const LARGEST_FILE_BYTES = 8192 * MB;
const LARGEST_PART_BYTES = 64 * MB;
/** An upload expires an hour after its start. No part is started in the last five minutes. */
const SESSION_LIFE_MS = 55 * 60_000;
const MARGIN_MS = 5 * 60_000;

export interface OpenaiTargetOptions extends FilesClientOptions {
  /** The purpose of files, such as `user_data`, `assistants`, `batch`. */
  readonly purpose: string;
  /** @defaultValue 512 MB */
  readonly wholeUpToBytes?: number;
  /** @defaultValue the system's */
  readonly clock?: StoreClock;
}

/**
 * OpenAI's files API, or a compatible one. A file is sent in one request, or in the parts of an upload, which expires
 * after an hour and cannot list its parts.
 */
export class OpenaiTarget implements UploadTarget {
  readonly id: string;
  readonly limits: TargetLimits;
  readonly abilities: TargetAbilities = {
    resumesBy: 'receipts',
    parallelParts: true,
    verifiesBy: 'size',
    declaresCompression: false,
    readsBack: false,
    md5Of: 'files',
  };
  readonly #api: FilesClient;
  readonly #baseUrl: URL;
  readonly #purpose: string;
  readonly #clock: StoreClock;

  constructor(options: OpenaiTargetOptions) {
    const { wholeUpToBytes = WHOLE_UP_TO_BYTES, clock = SYSTEM_CLOCK, purpose, baseUrl } = options;
    this.#api = new FilesClient(options, 'OPENAI_API_KEY');
    this.#baseUrl = baseUrl;
    this.#purpose = purpose;
    this.#clock = clock;
    this.id = `openai:${baseUrl.host}`;
    this.limits = {
      minPartBytes: 1,
      maxPartBytes: LARGEST_PART_BYTES,
      partGranularityBytes: 1,
      maxPartCount: Infinity,
      wholeUpToBytes,
      largestFileBytes: LARGEST_FILE_BYTES,
      sessionLifeMs: SESSION_LIFE_MS,
    };
  }

  /** Requests the list of files to check the key. */
  async check(signal: AbortSignal): Promise<void> {
    await this.#api.list(signal).next();
  }

  async begin(file: OutgoingFile, signal: AbortSignal): Promise<RemoteUpload> {
    const { name, sizeBytes, contentType } = file;
    if (sizeBytes <= (this.limits.wholeUpToBytes ?? 0)) return {};
    const call = { path: 'uploads', doing: `begin the upload of ${name}` };
    const asked = { filename: flatName(name), purpose: this.#purpose, bytes: sizeBytes, mime_type: contentType };
    const begun = await this.#api.postJson(call, { content: asked, schema: uploadObject }, signal);
    const { id, created_at: createdAt, expires_at: expiresAt } = begun;
    const saidMs = toldTime((expiresAt ?? NaN) * 1000);
    const expiresAtMs = saidMs === undefined ? this.#clock.now() + SESSION_LIFE_MS : saidMs - MARGIN_MS;
    const since = createdAt === undefined ? {} : { createdAt: String(createdAt) };
    return { upload: id, expiresAtMs: String(expiresAtMs), ...since };
  }

  async owns(
    { upload, expiresAtMs = '', createdAt = '0' }: RemoteUpload,
    { name, receipts }: RecordedFile,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (!receipts.every(({ tag }) => FILE_ID.test(tag))) return false;
    if (upload === undefined) return this.#api.areOf(name, receipts, signal);
    return FILE_ID.test(upload) && /^\d{1,16}$/.test(expiresAtMs) && Number.isFinite(Number(createdAt));
  }

  holds({ id }: RemoteFile): boolean {
    return FILE_ID.test(id);
  }

  async held(
    { upload, expiresAtMs }: RemoteUpload,
    { file: { sizeBytes }, receipts: [receipt] }: SentParts,
    signal: AbortSignal,
  ): Promise<HeldParts> {
    if (upload !== undefined) return this.#clock.now() < Number(expiresAtMs) ? { kind: 'untold' } : { kind: 'gone' };
    if (receipt === undefined) return { kind: 'untold' };
    const file = await this.#api.find(receipt.tag, signal);
    if (file?.bytes === sizeBytes) return { kind: 'untold' };
    if (file !== undefined) await this.#api.remove(file.id, signal);
    return { kind: 'gone' };
  }

  async sendPart(
    { upload, expiresAtMs }: RemoteUpload,
    { part, file: { name, contentType } }: PartToSend,
    signal: AbortSignal,
  ): Promise<PartReceipt> {
    const { index, sizeBytes } = part;
    const body = () => part.body();
    if (upload === undefined) {
      const form = { field: 'file', fileName: flatName(name), contentType, sizeBytes, body };
      const { id } = await this.#api.create(form, this.#purpose, signal);
      return { index, tag: id };
    }
    if (this.#clock.now() >= Number(expiresAtMs)) throw this.#expired(name);
    const form = { field: 'data', fileName: 'part', contentType: 'application/octet-stream', sizeBytes, body };
    const call = { path: `uploads/${encodeURIComponent(upload)}/parts`, doing: `take a part of ${name}` };
    const { id } = await this.#api
      .postForm(call, { file: form, schema: uploadPart }, signal)
      .catch(uploadGoneOnRefusal);
    return { index, tag: id };
  }

  async complete(remote: RemoteUpload, sent: SentParts, signal: AbortSignal): Promise<RemoteFile> {
    const { file, receipts } = sent;
    const { upload } = remote;
    const found =
      upload === undefined
        ? await this.#api.find(receipts[0]?.tag ?? '', signal)
        : ((await this.#combine(upload, sent, signal)) ?? (await this.#madeBefore(remote, file, signal)));
    if (found === undefined) throw new UploadGone(`${this.#api.host} does not have ${file.name} any more`);
    if (found.status === 'error') {
      await this.#api.remove(found.id, signal);
      const why = this.#api.mask(found.status_details ?? 'it does not say why').slice(0, 200);
      const message = `${this.#api.host} does not take ${file.name} for ${this.#purpose}: ${why}. Set OPENAI_FILE_PURPOSE to what the file is for.`;
      throw new ChatferryError('STORE_REFUSED', message);
    }
    return this.#remoteOf(found);
  }

  async abort({ upload }: RemoteUpload, signal: AbortSignal, receipts: readonly PartReceipt[] = []): Promise<void> {
    if (upload === undefined) {
      for (const { tag } of receipts) await this.#api.remove(tag, signal);
      return;
    }
    try {
      const call = { path: `uploads/${encodeURIComponent(upload)}/cancel`, doing: 'end an upload' };
      await this.#api.postJson(call, { content: {}, schema: uploadObject }, signal);
    } catch (error) {
      // A completed, expired or cancelled upload is refused.
      if (!isChatferryError(error, 'STORE_REFUSED')) throw error;
    }
  }

  async confirm({ id }: RemoteFile, { sizeBytes, sentAs }: ExpectedFile, signal: AbortSignal): Promise<Confirmation> {
    const file = await this.#api.find(id, signal);
    if (file === undefined || !isCalled(file, sentAs)) return { state: 'missing' };
    if (typeof file.bytes !== 'number') {
      const message = `${this.#api.host} does not say yet how large the file is.`;
      throw new ChatferryError('REMOTE_ERROR', message, { retryable: true });
    }
    if (file.bytes === sizeBytes) return { state: 'same', by: 'size' };
    return { state: 'different', by: 'size', found: `${file.bytes} bytes` };
  }

  remove({ id }: RemoteFile, signal: AbortSignal): Promise<void> {
    return this.#api.remove(id, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#api[Symbol.asyncDispose]();
  }

  async #combine(
    upload: string,
    { file: { name, md5 }, receipts }: SentParts,
    signal: AbortSignal,
  ): Promise<StoredFile | undefined> {
    const asked = { part_ids: receipts.map(({ tag }) => tag), ...(md5 === undefined ? {} : { md5 }) };
    const call = {
      path: `uploads/${encodeURIComponent(upload)}/complete`,
      doing: `make one file of the parts of ${name}`,
    };
    let answer: UploadObject;
    try {
      answer = await this.#api.postJson(call, { content: asked, schema: uploadObject }, signal);
    } catch (error) {
      if (isChatferryError(error, 'STORE_REFUSED') && (await this.#isOver(upload, signal))) return undefined;
      return uploadGoneOnRefusal(error);
    }
    const { status, file } = answer;
    if (status === 'completed' && file) return file;
    throw new UploadGone(`${this.#api.host} says "${this.#api.mask(status).slice(0, 50)}" of the upload of ${name}`);
  }

  /** Whether an upload has ended. No call returns the state of an upload, except cancelling a pending one. */
  async #isOver(upload: string, signal: AbortSignal): Promise<boolean> {
    try {
      const call = { path: `uploads/${encodeURIComponent(upload)}/cancel`, doing: 'end an upload' };
      await this.#api.postJson(call, { content: {}, schema: uploadObject }, signal);
      return false;
    } catch (error) {
      if (isChatferryError(error, 'STORE_REFUSED')) return true;
      throw error;
    }
  }

  /**
   * The file of an upload that ended before its hour: it was completed, but the answer was lost. The file must be the
   * only one since then with the name, size and purpose of the upload; otherwise no file is accepted.
   */
  async #madeBefore(
    { createdAt, expiresAtMs }: RemoteUpload,
    { name, sizeBytes }: OutgoingFile,
    signal: AbortSignal,
  ): Promise<StoredFile | undefined> {
    if (createdAt === undefined || this.#clock.now() >= Number(expiresAtMs)) return undefined;
    const found: StoredFile[] = [];
    for await (const file of this.#api.list(signal)) {
      const isSince = file.created_at !== undefined && file.created_at >= Number(createdAt);
      const isSame = file.filename === flatName(name) && file.bytes === sizeBytes && file.purpose === this.#purpose;
      if (isSince && isSame) found.push(file);
    }
    return found.length === 1 ? found[0] : undefined;
  }

  #remoteOf({ id, expires_at: expiresAt }: StoredFile): RemoteFile {
    const address = `${this.#baseUrl.href.replace(/\/$/, '')}/files/${id}`;
    const expiresAtMs = toldTime((expiresAt ?? NaN) * 1000);
    return { address, id, ...(expiresAtMs === undefined ? {} : { expiresAtMs }) };
  }

  #expired(name: string): UploadGone {
    return new UploadGone(`${name}: an upload at ${this.#api.host} lasts an hour, and this one has expired`);
  }
}

/** Unknown parts, an upload that has ended, a wrong checksum: the upload is useless. */
function uploadGoneOnRefusal(error: unknown): never {
  if (!isChatferryError(error, 'STORE_REFUSED')) throw error;
  throw new UploadGone(error.message.replace(/\.$/, ''));
}
