import { randomUUID } from 'node:crypto';

import { ChatferryError } from '../../../errors/chatferry-error.js';
import type { RememberedFiles } from '../../session/remembered-files.js';
import { UploadGone } from '../../upload-gone.js';
import type {
  Confirmation,
  ExpectedFile,
  FinishedFile,
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
import { FILE_ID, isCalled } from '../files-api/stored-file.js';
import { type StoreClock, SYSTEM_CLOCK, untilReady } from '../until-ready.js';
import {
  type ExtractedFile,
  extractedPathOf,
  MAX_CONTENT_BYTES,
  readExtracted,
  writeExtracted,
} from './extracted-file.js';
import { KimiRoom } from './kimi-room.js';
import { type KimiPurpose, purposeOf } from './purpose.js';

/** https://platform.kimi.ai/docs/api/files-upload */
const LARGEST_FILE_BYTES = 100 * 1024 * 1024;
/** Extracting a scan of some hundred pages takes a minute or two. */
const READING_DEADLINE_MS = 10 * 60_000;
/** Ids that `begin` assigns to uploads. */
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const READY: readonly unknown[] = ['ok', 'ready'];
const FAILED: readonly unknown[] = ['error', 'failed'];

export interface KimiTargetOptions extends FilesClientOptions {
  /** `auto`: by the kind of file. */
  readonly purpose: KimiPurpose | 'auto';
  /** Whether files stay after their text was fetched. */
  readonly keepFiles: boolean;
  /** Absolute; texts are written to its `extracted/`. */
  readonly outputFolder: string;
  readonly maxParallel?: number;
  /** The longest time to wait for the extraction of a file. @defaultValue 10 minutes */
  readonly readingDeadlineMs?: number;
  /** @defaultValue the system's */
  readonly clock?: StoreClock;
}

/**
 * Kimi's files API: accepts a file in one request and extracts its text, which is fetched. Then the file is removed,
 * unless it should stay.
 */
export class KimiTarget implements UploadTarget {
  readonly id: string;
  readonly maxParallel?: number;
  readonly limits: TargetLimits = {
    minPartBytes: 1,
    maxPartBytes: LARGEST_FILE_BYTES,
    partGranularityBytes: 1,
    maxPartCount: 1,
    wholeUpToBytes: LARGEST_FILE_BYTES,
    largestFileBytes: LARGEST_FILE_BYTES,
    quota: { fileCount: 1000, totalBytes: 10_000_000_000 },
  };
  readonly abilities: TargetAbilities = {
    resumesBy: 'receipts',
    parallelParts: false,
    verifiesBy: 'size',
    declaresCompression: false,
    readsBack: false,
    md5Of: 'nothing',
  };
  readonly #options: KimiTargetOptions;
  readonly #api: FilesClient;
  readonly #room: KimiRoom;
  readonly #clock: StoreClock;

  constructor(options: KimiTargetOptions) {
    this.#options = options;
    this.#api = new FilesClient(options, 'KIMI_API_KEY');
    this.#room = new KimiRoom(this.#api);
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.id = `kimi:${options.baseUrl.host}`;
    if (options.maxParallel !== undefined) this.maxParallel = options.maxParallel;
  }

  useRemembered(files: RememberedFiles): void {
    this.#room.useRemembered(files);
  }

  check(signal: AbortSignal): Promise<void> {
    return this.#room.count(signal);
  }

  async begin(file: OutgoingFile, signal: AbortSignal): Promise<RemoteUpload> {
    purposeOf(file, this.#options.purpose); // Throws before a byte is sent.
    const upload = randomUUID();
    await this.#room.book(upload, file, signal);
    return { upload };
  }

  async owns({ upload = '' }: RemoteUpload, { name, receipts }: RecordedFile, signal: AbortSignal): Promise<boolean> {
    return UUID.test(upload) && this.#api.areOf(name, receipts, signal);
  }

  holds({ id }: RemoteFile): boolean {
    return FILE_ID.test(id);
  }

  async held(
    { upload = '' }: RemoteUpload,
    { file, receipts: [receipt] }: SentParts,
    signal: AbortSignal,
  ): Promise<HeldParts> {
    if (receipt === undefined) {
      await this.#room.book(upload, file, signal);
      return { kind: 'untold' };
    }
    const found = await this.#api.find(receipt.tag, signal);
    if (found?.bytes === file.sizeBytes) {
      this.#room.resumed(upload, found.id, file.sizeBytes);
      return { kind: 'untold' };
    }
    if (found !== undefined) await this.#room.remove(found.id, found.bytes ?? 0, signal);
    return { kind: 'gone' };
  }

  async sendPart({ upload = '' }: RemoteUpload, { part, file }: PartToSend, signal: AbortSignal): Promise<PartReceipt> {
    const { name, contentType, sizeBytes } = file;
    const form = { field: 'file', fileName: flatName(name), contentType, sizeBytes, body: () => part.body() };
    const { id } = await this.#api.create(form, purposeOf(file, this.#options.purpose), signal);
    this.#room.arrived(upload, id);
    return { index: part.index, tag: id };
  }

  async complete(
    _upload: RemoteUpload,
    { file: { name }, receipts: [receipt] }: SentParts,
    signal: AbortSignal,
  ): Promise<RemoteFile> {
    const found = receipt === undefined ? undefined : await this.#api.find(receipt.tag, signal);
    if (found === undefined) throw new UploadGone(`${this.#api.host} does not have ${name} any more`);
    return this.#remoteOf(found.id);
  }

  async abort(
    { upload = '' }: RemoteUpload,
    signal: AbortSignal,
    receipts: readonly PartReceipt[] = [],
  ): Promise<void> {
    this.#room.gaveUp(upload);
    for (const { tag } of receipts) await this.#api.remove(tag, signal);
  }

  async confirm({ id }: RemoteFile, { sizeBytes, sentAs }: ExpectedFile, signal: AbortSignal): Promise<Confirmation> {
    const file = await this.#api.find(id, signal);
    if (file === undefined || !isCalled(file, sentAs)) return { state: 'missing' };
    if (file.bytes === sizeBytes) return { state: 'same', by: 'size' };
    return { state: 'different', by: 'size', found: `${file.bytes ?? 'an unknown number of'} bytes` };
  }

  /** The text of the same bytes from an earlier run, if files do not stay. */
  async earlier(file: OutgoingFile, signal: AbortSignal): Promise<(RemoteFile & FinishedFile) | undefined> {
    if (this.#options.keepFiles) return undefined;
    const extractedPath = this.#pathOf(file);
    const found = await readExtracted(extractedPath);
    if (found === undefined || !this.#isOf(file, found)) return undefined;
    // A killed run may not have removed it.
    if (this.#room.isOurs(found.fileId)) await this.#room.remove(found.fileId, file.sizeBytes, signal);
    return { ...this.#remoteOf(found.fileId), extractedPath, isRemoved: true };
  }

  /** Waits until the text is extracted, fetches it, and removes the file unless it should stay. */
  async finish(remote: RemoteFile, file: OutgoingFile, signal: AbortSignal): Promise<FinishedFile> {
    try {
      if (purposeOf(file, this.#options.purpose) !== 'file-extract') return {};
      const extractedPath = this.#pathOf(file);
      const found = await readExtracted(extractedPath);
      if (found === undefined || !this.#isOf(file, found) || found.fileId !== remote.id) {
        await this.#untilRead(remote, file, signal);
        const content = await this.#content(remote, file, signal);
        const { name, sha256 } = file;
        const rest = { name, sha256, target: this.id };
        await writeExtracted(extractedPath, { version: 1, role: 'system', fileId: remote.id, content, ...rest });
      }
      if (this.#options.keepFiles) return { extractedPath };
      await this.#room.remove(remote.id, file.sizeBytes, signal);
      return { extractedPath, isRemoved: true };
    } finally {
      this.#room.done(remote.id);
    }
  }

  async remove({ id }: RemoteFile, signal: AbortSignal): Promise<void> {
    await this.#api.remove(id, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#api[Symbol.asyncDispose]();
  }

  async #untilRead({ id }: RemoteFile, { name, sizeBytes }: OutgoingFile, signal: AbortSignal): Promise<void> {
    const look = async (): Promise<true | undefined> => {
      const file = await this.#api.find(id, signal);
      if (file === undefined) {
        const message = `${this.#api.host} does not have ${name} any more. Run the same command again: it is sent again.`;
        throw new ChatferryError('REMOTE_ERROR', message);
      }
      if (READY.includes(file.status)) return true;
      if (!FAILED.includes(file.status)) return undefined;
      await this.#room.remove(id, sizeBytes, signal);
      const why = this.#api.mask(file.status_details ?? 'it does not say why').slice(0, 200);
      throw new ChatferryError('STORE_REFUSED', `${this.#api.host} cannot read ${name}: ${why}. Leave the file out.`);
    };
    const deadlineMs = this.#options.readingDeadlineMs ?? READING_DEADLINE_MS;
    await untilReady(look, { clock: this.#clock, deadlineMs, what: `${this.#api.host} has not read ${name}` }, signal);
  }

  async #content({ id }: RemoteFile, { name }: OutgoingFile, signal: AbortSignal): Promise<string> {
    const pieces: Uint8Array[] = [];
    let sizeBytes = 0;
    for await (const piece of this.#api.content(id, signal)) {
      pieces.push(piece);
      sizeBytes += piece.length;
      if (sizeBytes <= MAX_CONTENT_BYTES) continue;
      const message = `${name}: its text is longer than ${MAX_CONTENT_BYTES} bytes. Leave the file out, or split it.`;
      throw new ChatferryError('STORE_REFUSED', message);
    }
    return Buffer.concat(pieces).toString('utf8');
  }

  #isOf({ sha256, name }: OutgoingFile, found: ExtractedFile): boolean {
    return found.sha256 === sha256 && found.name === name && found.target === this.id;
  }

  #pathOf({ name }: OutgoingFile): string {
    return extractedPathOf(this.#options.outputFolder, name);
  }

  #remoteOf(id: string): RemoteFile {
    return { id, address: `${this.#options.baseUrl.href.replace(/\/$/, '')}/files/${id}` };
  }
}
