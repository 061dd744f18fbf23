import { ChatferryError } from '../../../errors/chatferry-error.js';
import { checkDestination } from '../../http/destination.js';
import { answerError, type HttpAnswer, HttpClient, type HttpRequest } from '../../http/http-client.js';
import type {
  Confirmation,
  ExpectedFile,
  HeldParts,
  OutgoingFile,
  OutgoingPart,
  PartReceipt,
  RemoteFile,
  RemoteUpload,
  TargetAbilities,
  TargetLimits,
  UploadTarget,
} from '../../upload-target.js';
import { readServerOffer, type ServerOffer } from './server-offer.js';
import { uploadMetadata } from './upload-metadata.js';

/** https://tus.io/protocols/resumable-upload */
const VERSION = { 'tus-resumable': '1.0.0' };
const OFFSET_TYPE = 'application/offset+octet-stream';
/** Status of a part whose checksum is wrong (https://tus.io/protocols/resumable-upload#checksum). */
const CHECKSUM_MISMATCH = 460;

export interface TusTargetOptions {
  /** Where uploads are created. */
  readonly endpoint: URL;
  /** Put before the names of files. */
  readonly prefix?: string;
  /** Sent with every request, such as an authorisation. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What the upload's metadata say beside the file's name and type. */
  readonly metadata?: (file: OutgoingFile) => Readonly<Record<string, string>>;
  /** Of parts, where the server demands it. */
  readonly partBytes?: number;
  readonly connectionCount: number;
  readonly timeoutMs: number;
  readonly allowPrivateRedirects: boolean;
}

/** A server that speaks tus 1.0: a file is one upload, which takes bytes in order and tells how many it has. */
export class TusTarget implements UploadTarget {
  readonly id: string;
  readonly abilities: TargetAbilities = {
    resumesBy: 'offset',
    parallelParts: false,
    verifiesBy: 'size',
    declaresCompression: true,
    readsBack: false,
  };
  readonly #options: TusTargetOptions;
  readonly #http: HttpClient;
  #offer: ServerOffer = { extensions: new Set(), checksums: new Set() };

  constructor(options: TusTargetOptions) {
    this.#options = options;
    this.id = `tus+${options.endpoint.href}`;
    const { connectionCount, timeoutMs } = options;
    this.#http = new HttpClient({ connectionCount, timeoutMs });
  }

  get limits(): TargetLimits {
    const { partBytes } = this.#options;
    return {
      leastPartBytes: partBytes ?? 1,
      mostPartBytes: partBytes ?? Infinity,
      partGranularityBytes: 1,
      mostPartCount: Infinity,
      largestFileBytes: this.#offer.largestFileBytes ?? Infinity,
    };
  }

  /** Asks the server what it offers. One that does not say is taken to offer the core protocol with creation. */
  async check(signal: AbortSignal): Promise<void> {
    const answer = await this.#send({ method: 'OPTIONS', url: this.#options.endpoint }, signal);
    if (answer.status === 401 || answer.status === 403) throw this.#refused(answer, 'say what it offers');
    this.#offer = readServerOffer(answer);
  }

  async begin(file: OutgoingFile, signal: AbortSignal): Promise<RemoteUpload> {
    const { endpoint } = this.#options;
    const headers = { 'upload-length': String(file.sizeBytes), 'upload-metadata': this.#metadata(file) };
    const answer = await this.#send({ method: 'POST', url: endpoint, headers }, signal);
    const location = answer.headers['location'];
    if (answer.status !== 201 || location === undefined)
      throw this.#refused(answer, `begin the upload of ${file.name}`);
    return { url: (await this.#destination(location)).href };
  }

  async held(
    { url }: RemoteUpload,
    { sizeBytes }: OutgoingFile,
    _receipts: unknown,
    signal: AbortSignal,
  ): Promise<HeldParts> {
    const answer = await this.#send({ method: 'HEAD', url: this.#urlOf(url) }, signal);
    if ([403, 404, 410].includes(answer.status)) return { kind: 'gone' };
    const offset = wholeNumber(answer.headers['upload-offset']);
    const length = wholeNumber(answer.headers['upload-length']) ?? sizeBytes;
    if (answer.status >= 300 || offset === undefined) throw this.#refused(answer, 'say how much it has');
    return length === sizeBytes && offset <= sizeBytes ? { kind: 'offset', offset } : { kind: 'gone' };
  }

  async sendPart(
    { url }: RemoteUpload,
    part: OutgoingPart,
    { name }: OutgoingFile,
    signal: AbortSignal,
  ): Promise<PartReceipt> {
    if (part.sizeBytes === 0) return { index: part.index, tag: '' }; // An empty file is complete when it is created.
    const headers = {
      'upload-offset': String(part.offset),
      'content-type': OFFSET_TYPE,
      'content-length': String(part.sizeBytes),
      ...this.#checksumOf(part),
    };
    const answer = await this.#send({ method: 'PATCH', url: this.#urlOf(url), headers, body: part.body() }, signal);
    if (answer.status === CHECKSUM_MISMATCH) {
      const message = `${name}: ${this.#options.endpoint.host} received other bytes than were sent.`;
      throw new ChatferryError('CONTENT_MISMATCH', message, { retryable: true });
    }
    // 409: another offset than the server's, after a lost answer. The offset is asked for before the next try.
    if (answer.status === 409 || answer.status === 423) {
      const message = `${name}: ${this.#options.endpoint.host} is at another byte than expected, or busy with it.`;
      throw new ChatferryError('REMOTE_ERROR', message, { retryable: true });
    }
    if (answer.status >= 300) throw this.#refused(answer, `take bytes of ${name}`);
    const offset = wholeNumber(answer.headers['upload-offset']);
    if (offset !== part.offset + part.sizeBytes) {
      const message = `${name}: ${this.#options.endpoint.host} took ${String(offset)} bytes instead of ${part.offset + part.sizeBytes}.`;
      throw new ChatferryError('REMOTE_ERROR', message, { retryable: true });
    }
    return { index: part.index, tag: '' };
  }

  complete({ url }: RemoteUpload): Promise<RemoteFile> {
    const { href } = this.#urlOf(url);
    return Promise.resolve({ address: href, id: href });
  }

  async abort({ url }: RemoteUpload, signal: AbortSignal): Promise<void> {
    if (!this.#offer.extensions.has('termination')) return;
    const answer = await this.#send({ method: 'DELETE', url: this.#urlOf(url) }, signal);
    if (answer.status >= 300 && ![404, 410].includes(answer.status)) throw this.#refused(answer, 'end an upload');
  }

  async confirm({ id }: RemoteFile, { sizeBytes }: ExpectedFile, signal: AbortSignal): Promise<Confirmation> {
    const answer = await this.#send({ method: 'HEAD', url: this.#urlOf(id) }, signal);
    if ([403, 404, 410].includes(answer.status)) return { state: 'missing' };
    if (answer.status >= 300) throw this.#refused(answer, 'say what it has');
    const offset = answer.headers['upload-offset'];
    if (offset === String(sizeBytes)) return { state: 'same', by: 'size' };
    return { state: 'different', by: 'size', found: `${offset ?? 'unknown'} bytes` };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#http[Symbol.asyncDispose]();
  }

  #metadata(file: OutgoingFile): string {
    const { prefix = '', metadata } = this.#options;
    const own = { filename: `${prefix}${file.name}`, filetype: file.contentType, sha256: file.sha256 };
    const encoding = file.contentEncoding === undefined ? {} : { contentEncoding: file.contentEncoding };
    return uploadMetadata(metadata?.(file) ?? { ...own, ...encoding });
  }

  #checksumOf({ sha256, md5 }: OutgoingPart): Readonly<Record<string, string>> {
    const { extensions, checksums } = this.#offer;
    if (!extensions.has('checksum')) return {};
    if (checksums.has('sha256'))
      return { 'upload-checksum': `sha256 ${Buffer.from(sha256, 'hex').toString('base64')}` };
    return checksums.has('md5') ? { 'upload-checksum': `md5 ${md5}` } : {};
  }

  /** Sends a request in the protocol's version. The user's own headers, keys among them, go to the user's server only. */
  #send(sent: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { endpoint, headers } = this.#options;
    const own = sent.url.origin === endpoint.origin ? headers : {};
    return this.#http.send({ ...sent, headers: { ...VERSION, ...own, ...sent.headers } }, signal);
  }

  #destination(location: string): Promise<URL> {
    const { endpoint, allowPrivateRedirects } = this.#options;
    return checkDestination(location, { configured: endpoint, allowPrivate: allowPrivateRedirects });
  }

  #urlOf(url: string | undefined): URL {
    if (url !== undefined && URL.canParse(url)) return new URL(url);
    throw new ChatferryError('INTERNAL', `An upload session has no usable address: "${String(url)}".`);
  }

  #refused(answer: HttpAnswer, doing: string): ChatferryError {
    return answerError(answer, this.#options.endpoint.host, doing);
  }
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text.trim()) ? Number(text) : undefined;
}
