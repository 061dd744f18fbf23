import { randomUUID } from 'node:crypto';

import { ChatferryError } from '../../../errors/chatferry-error.js';
import { endlessList } from '../../http/endless-list.js';
import { type HttpAnswer, HttpClient } from '../../http/http-client.js';
import { readJson } from '../../http/json-answer.js';
import { toldAddress } from '../../http/told.js';
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
import { StorageRoom } from '../storage-room.js';
import { type StoreClock, SYSTEM_CLOCK, untilReady } from '../until-ready.js';
import { expiresAtMsOf, type GeminiFile, geminiFile, geminiFilePage, sha256Of } from './gemini-file.js';
import { googleError } from './google-error.js';
import { ResumableUploads } from './resumable-upload.js';

const GB = 1024 * 1024 * 1024;
/** Limits for a file, and for all files of a project (https://ai.google.dev/gemini-api/docs/files). */
const LARGEST_FILE_BYTES = 2 * GB;
const MAX_BYTES = 20 * GB;
const FILE_LIFE_MS = 48 * 3_600_000;
/** The granularity that the service requires; a multiple of that of the protocol's other servers. */
const USUAL_GRANULARITY_BYTES = 8 * 1024 * 1024;
/** https://ai.google.dev/api/files#File, in characters. */
const MAX_NAME_CHARACTERS = 512;
const PAGE_SIZE = 100;
/** A project has far fewer files in two days. */
const MAX_PAGES = 1000;
/** A film of two hours is processed in a few minutes. */
const PROCESSING_DEADLINE_MS = 15 * 60_000;
/** Names that `begin` assigns. */
const OWN_FILE = /^files\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export const GEMINI_BASE_URL = 'https://generativelanguage.googleapis.com';

export interface GeminiTargetOptions {
  readonly apiKey: string;
  /** Without the version. @defaultValue {@link GEMINI_BASE_URL} */
  readonly baseUrl?: URL;
  readonly connectionCount: number;
  readonly timeoutMs: number;
  readonly allowPrivateRedirects: boolean;
  /** The longest time to wait for the processing of a file. @defaultValue 15 minutes */
  readonly processingDeadlineMs?: number;
  /** @defaultValue the system's */
  readonly clock?: StoreClock;
}

/**
 * Gemini's Files API: accepts bytes in order, processes the file, and deletes it after two days. Files cannot be read
 * back.
 */
export class GeminiTarget implements UploadTarget {
  readonly id: string;
  readonly abilities: TargetAbilities = {
    resumesBy: 'offset',
    parallelParts: false,
    verifiesBy: 'sha256',
    declaresCompression: false,
    readsBack: false,
    md5Of: 'nothing',
  };
  readonly #base: URL;
  readonly #apiKey: string;
  readonly #http: HttpClient;
  readonly #uploads: ResumableUploads;
  readonly #clock: StoreClock;
  readonly #deadlineMs: number;
  readonly #allowPrivateRedirects: boolean;
  readonly #room = new StorageRoom({ maxBytes: MAX_BYTES });
  /** Space that this run has reserved, by file name. */
  readonly #booked = new Map<string, number>();
  #granularityBytes = USUAL_GRANULARITY_BYTES;

  constructor(options: GeminiTargetOptions) {
    const { apiKey, connectionCount, timeoutMs, allowPrivateRedirects, clock = SYSTEM_CLOCK } = options;
    this.#base = options.baseUrl ?? new URL(GEMINI_BASE_URL);
    this.#apiKey = apiKey;
    this.#clock = clock;
    this.#allowPrivateRedirects = allowPrivateRedirects;
    this.#deadlineMs = options.processingDeadlineMs ?? PROCESSING_DEADLINE_MS;
    this.id = `gemini:${this.#base.host}`;
    const destination = { configured: this.#base, allowPrivate: allowPrivateRedirects };
    this.#http = new HttpClient({ connectionCount, timeoutMs, secrets: [apiKey], destination });
    this.#uploads = new ResumableUploads({
      http: this.#http,
      startUrl: this.#urlOf('upload/v1beta/files'),
      headers: this.#headers,
      allowPrivateRedirects,
    });
  }

  get limits(): TargetLimits {
    return {
      minPartBytes: this.#granularityBytes,
      maxPartBytes: Infinity,
      partGranularityBytes: this.#granularityBytes,
      maxPartCount: Infinity,
      largestFileBytes: LARGEST_FILE_BYTES,
      fileLifeMs: FILE_LIFE_MS,
      quota: { totalBytes: MAX_BYTES },
    };
  }

  /**
   * Counts the used space of the project, and begins and cancels an upload, which is the only way to learn the
   * granularity of parts.
   */
  async check(signal: AbortSignal): Promise<void> {
    const held = { bytes: 0, files: 0 };
    const seen = new Set<string>();
    let pageToken = '';
    do {
      const query = { pageSize: String(PAGE_SIZE), ...(pageToken === '' ? {} : { pageToken }) };
      const answer = await this.#get(`v1beta/files?${new URLSearchParams(query).toString()}`, signal);
      if (answer.status !== 200) throw this.#refused(answer, 'list its files');
      const page = readJson(answer, geminiFilePage, this.#base.host);
      for (const { sizeBytes = 0 } of page.files ?? []) held.bytes += sizeBytes;
      held.files += page.files?.length ?? 0;
      pageToken = page.nextPageToken ?? '';
      if (seen.has(pageToken) || seen.size === MAX_PAGES) throw endlessList(this.#base.host);
      seen.add(pageToken);
    } while (pageToken !== '');
    this.#room.count(held);
    const probe = { sizeBytes: 1, contentType: 'text/plain', metadata: { file: {} } };
    const { url, granularityBytes } = await this.#uploads.start(probe, 'begin an upload', signal);
    this.#granularityBytes = granularityBytes;
    await this.#uploads.cancel(new URL(url), signal);
  }

  async begin({ name, sizeBytes, contentType }: OutgoingFile, signal: AbortSignal): Promise<RemoteUpload> {
    const store = `the project at ${this.#base.host}`;
    if (!this.#room.book(sizeBytes)) {
      throw this.#room.refusal(
        store,
        { name, sizeBytes },
        'Files are deleted after 48 hours: wait, or use the key of another project.',
      );
    }
    try {
      // With a name of our own, the file can be found if the answer to its last part is lost.
      const file = `files/${randomUUID()}`;
      const metadata = { file: { name: file, display_name: displayName(name) } };
      const start = { sizeBytes, contentType, metadata };
      const { url, granularityBytes } = await this.#uploads.start(start, `begin the upload of ${name}`, signal);
      this.#requireGranularity(granularityBytes);
      this.#booked.set(file, sizeBytes);
      return { url, file };
    } catch (error) {
      this.#room.free(sizeBytes);
      throw error;
    }
  }

  /** Whether the name is one of ours, and a file with it, if any, has the right display name. */
  async owns({ url = '', file: id = '' }: RemoteUpload, { name }: RecordedFile, signal: AbortSignal): Promise<boolean> {
    if (!OWN_FILE.test(id) || !this.#mayTakeUploads(url)) return false;
    const found = await this.#find(id, signal);
    return found === undefined || isCalled(found, name);
  }

  holds({ id }: RemoteFile): boolean {
    return OWN_FILE.test(id);
  }

  async held(
    { url, file: id }: RemoteUpload,
    { file: { sizeBytes, sha256 } }: SentParts,
    signal: AbortSignal,
  ): Promise<HeldParts> {
    const state = await this.#uploads.query(usable(url), sizeBytes, signal);
    if (state.status === 'active') return { kind: 'offset', offset: state.receivedBytes };
    // An upload that has ended has created the file, or was refused.
    const file = await this.#find(id, signal);
    if (file === undefined) return { kind: 'gone' };
    if ((sha256Of(file) ?? sha256) === sha256) return { kind: 'offset', offset: sizeBytes };
    await this.remove({ address: '', id: file.name }, signal);
    return { kind: 'gone' };
  }

  async sendPart(
    { url, file: id }: RemoteUpload,
    { part, file }: PartToSend,
    signal: AbortSignal,
  ): Promise<PartReceipt> {
    const receipt = { index: part.index, tag: '' };
    // The single part of an empty file is sent again after a lost answer; the file may exist already.
    if (part.sizeBytes === 0 && (await this.#find(id, signal)) !== undefined) return receipt;
    await this.#uploads.send(usable(url), { part, file }, signal);
    return receipt;
  }

  /** Waits until the file is processed. */
  async complete({ file: id }: RemoteUpload, { file: { name } }: SentParts, signal: AbortSignal): Promise<RemoteFile> {
    const look = async (): Promise<GeminiFile | undefined> => {
      const found = await this.#find(id, signal);
      if (found === undefined) {
        const message = `${this.#base.host} took ${name} and does not have it. Run the same command again: it starts over.`;
        throw new ChatferryError('REMOTE_ERROR', message, { retryable: true });
      }
      if (found.state === 'FAILED') {
        await this.remove({ address: '', id: found.name }, signal);
        const why = this.#http.mask(found.error?.message ?? 'it does not say why').slice(0, 200);
        const message = `${this.#base.host} could not process ${name}: ${why}. Check that it is a kind of file that Gemini takes.`;
        throw new ChatferryError('STORE_REFUSED', message);
      }
      return found.state === 'PROCESSING' ? undefined : found;
    };
    const what = `${this.#base.host} is still processing ${name}`;
    const ready = await untilReady(look, { clock: this.#clock, deadlineMs: this.#deadlineMs, what }, signal);
    const expiresAtMs = expiresAtMsOf(ready) ?? this.#clock.now() + FILE_LIFE_MS;
    return { address: toldAddress(ready.uri) ?? this.#urlOf(`v1beta/${ready.name}`).href, id: ready.name, expiresAtMs };
  }

  async abort({ url, file = '' }: RemoteUpload, signal: AbortSignal): Promise<void> {
    await this.#uploads.cancel(usable(url), signal);
    await this.remove({ address: '', id: file }, signal); // It may have been completed.
    const booked = this.#booked.get(file);
    if (this.#booked.delete(file) && booked !== undefined) this.#room.free(booked);
  }

  async confirm({ id }: RemoteFile, expected: ExpectedFile, signal: AbortSignal): Promise<Confirmation> {
    const file = await this.#find(id, signal);
    if (file === undefined || !isCalled(file, expected.sentAs)) return { state: 'missing' };
    const found = sha256Of(file);
    if (found !== undefined) {
      return found === expected.sha256 ? { state: 'same', by: 'sha256' } : { state: 'different', by: 'sha256', found };
    }
    return file.sizeBytes === expected.sizeBytes
      ? { state: 'same', by: 'size' }
      : { state: 'different', by: 'size', found: `${file.sizeBytes ?? 'an unknown number of'} bytes` };
  }

  async remove({ id }: RemoteFile, signal: AbortSignal): Promise<void> {
    const url = this.#urlOf(`v1beta/${fileName(id)}`);
    const answer = await this.#http.send({ method: 'DELETE', url, headers: this.#headers }, signal);
    if (answer.status >= 300 && !isMissing(answer)) throw this.#refused(answer, `delete ${id}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#http[Symbol.asyncDispose]();
  }

  /** Undefined if it does not exist. */
  async #find(id: string | undefined, signal: AbortSignal): Promise<GeminiFile | undefined> {
    const answer = await this.#get(`v1beta/${fileName(id)}`, signal);
    if (isMissing(answer)) return undefined;
    if (answer.status !== 200) throw this.#refused(answer, 'say what it has');
    return readJson(answer, geminiFile, this.#base.host);
  }

  #mayTakeUploads(address: string): boolean {
    if (!URL.canParse(address)) return false;
    const { origin } = new URL(address);
    return this.#allowPrivateRedirects || [this.#base.origin, GEMINI_BASE_URL].includes(origin);
  }

  #requireGranularity(granularityBytes: number): void {
    if (this.#granularityBytes % granularityBytes === 0) return;
    this.#granularityBytes = granularityBytes;
    const message = `${this.#base.host} takes parts of multiples of ${granularityBytes} bytes by now. Run the same command again.`;
    throw new ChatferryError('REMOTE_ERROR', message);
  }

  #get(path: string, signal: AbortSignal): Promise<HttpAnswer> {
    return this.#http.send({ method: 'GET', url: this.#urlOf(path), headers: this.#headers }, signal);
  }

  /** The key is in a header, because URLs end up in logs. */
  get #headers(): Readonly<Record<string, string>> {
    return { 'x-goog-api-key': this.#apiKey };
  }

  #urlOf(path: string): URL {
    return new URL(`${this.#base.href.replace(/\/$/, '')}/${path}`);
  }

  #refused(answer: HttpAnswer, doing: string): ChatferryError {
    return googleError(answer, this.#base.host, doing);
  }
}

/** 403 is the answer for foreign files and for files that no longer exist. */
function isMissing({ status }: HttpAnswer): boolean {
  return status === 404 || status === 403;
}

/** True if the file has no name, or no name is given. */
function isCalled(file: GeminiFile, name: string | undefined): boolean {
  return name === undefined || (file.displayName ?? displayName(name)) === displayName(name);
}

function displayName(name: string): string {
  return Array.from(name).slice(-MAX_NAME_CHARACTERS).join('');
}

function fileName(id: string | undefined): string {
  if (id !== undefined && /^files\/[\w-]+$/.test(id)) return id;
  throw new ChatferryError('INTERNAL', `"${String(id)}" is no name of a file at Gemini.`);
}

function usable(url: string | undefined): URL {
  if (url !== undefined && URL.canParse(url)) return new URL(url);
  throw new ChatferryError('INTERNAL', 'An upload session has no usable address.');
}
