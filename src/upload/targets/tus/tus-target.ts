import { ChatferryError, isChatferryError } from '../../../errors/chatferry-error.js';
import type { HttpAnswer } from '../../http/http-client.js';
import { toldAddress } from '../../http/told.js';
import { UploadGone } from '../../upload-gone.js';
import type {
  Confirmation,
  ExpectedFile,
  HeldParts,
  Lane,
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
import { checksumHeader } from './checksum-header.js';
import { NO_OFFER, readServerOffer, type ServerOffer } from './server-offer.js';
import { TusWire } from './tus-wire.js';
import { uploadMetadata } from './upload-metadata.js';
import {
  byteCount,
  expiryOf,
  laneOf,
  onlyUploadOf,
  recordOf,
  type ServerUpload,
  stretchesOf,
  uploadsOf,
} from './upload-record.js';

const OFFSET_TYPE = 'application/offset+octet-stream';
/** Status codes for an upload that the server does not have (https://tus.io/protocols/resumable-upload#head). */
const NOT_THERE = [403, 404, 410];
/**
 * The server has another offset, or another request holds the upload, such as one of a broken connection that the
 * server has not noticed.
 */
const NOT_NOW = [409, 423];
/**
 * The size of parts for a server without checksums. There an interrupted part costs nothing, and each request costs a
 * round trip. Proxies limit the size of a request: Cloudflare allows 100 MB
 * (https://developers.cloudflare.com/workers/platform/limits/#request-limits).
 */
const UNCHECKED_PART_BYTES = 100_000_000;
/** https://tus.io/protocols/resumable-upload#checksum */
const CHECKSUM_MISMATCH = 460;

export interface TusTargetOptions {
  /** The URL that creates uploads. */
  readonly endpoint: URL;
  /** The prefix of file names. */
  readonly prefix?: string;
  /** Headers of every request to the endpoint's origin, such as an authorisation. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The setting of the authorisation, for messages. @defaultValue `TUS_TOKEN` */
  readonly keySetting?: string;
  /** The metadata of an upload, instead of the file's name, type and hash. */
  readonly metadata?: (file: OutgoingFile) => Readonly<Record<string, string>>;
  /** The part size, if the server requires one. */
  readonly partBytes?: number;
  /** How long an unfinished upload stays, if the server does not report it. */
  readonly sessionLifeMs?: number;
  /** Do not concatenate, whatever the server offers. @defaultValue false */
  readonly inOnePiece?: boolean;
  readonly connectionCount: number;
  readonly timeoutMs: number;
  readonly allowPrivateRedirects: boolean;
  /** UTC milliseconds. @defaultValue `Date.now` */
  readonly now?: () => number;
}

/**
 * A tus 1.0 server (https://tus.io/protocols/resumable-upload): an upload accepts bytes in order and reports how many
 * it has. If the server supports concatenation, a large file is sent as several parallel uploads.
 */
export class TusTarget implements UploadTarget {
  readonly id: string;
  readonly #options: TusTargetOptions;
  readonly #wire: TusWire;
  readonly #now: () => number;
  /** Origins of the endpoint, and of the addresses that it returned in this run. */
  readonly #origins: Set<string>;
  #offer = NO_OFFER;

  /** @throws {ChatferryError} `USAGE` for an endpoint that contains a key. */
  constructor(options: TusTargetOptions) {
    const { endpoint, headers = {}, keySetting = 'TUS_TOKEN', now = Date.now } = options;
    if (endpoint.username !== '' || endpoint.password !== '') {
      const message = `The address of ${endpoint.host} contains a name or password. Leave it out, and set TUS_TOKEN.`;
      throw new ChatferryError('USAGE', message);
    }
    this.#options = options;
    this.#now = now;
    this.#origins = new Set([endpoint.origin]);
    this.id = `tus+${endpoint.origin}${endpoint.pathname}`; // A query may contain a key.
    this.#wire = new TusWire({ ...options, headers, keySetting });
  }

  get limits(): TargetLimits {
    const { partBytes, sessionLifeMs } = this.#options;
    return {
      minPartBytes: partBytes ?? 1,
      maxPartBytes: partBytes ?? Infinity,
      ...(this.#keepsCutParts ? { preferredPartBytes: UNCHECKED_PART_BYTES } : {}),
      partGranularityBytes: 1,
      maxPartCount: Infinity,
      fullPartsFromOffset: partBytes !== undefined,
      largestFileBytes: this.#offer.largestFileBytes ?? Infinity,
      ...(sessionLifeMs === undefined ? {} : { sessionLifeMs }),
    };
  }

  /**
   * Parts are sent in parallel only with concatenation. A finished file is compared by size, because the protocol has
   * no checksum of a complete upload. Compression is not declared: metadata could name an encoding, but servers ignore
   * it, so readers would get gzip.
   */
  get abilities(): TargetAbilities {
    return {
      resumesBy: 'offset',
      parallelParts: this.#concatenates,
      verifiesBy: 'size',
      declaresCompression: false,
      readsBack: false,
      md5Of: 'nothing', // For a server that only supports MD5, parts are read once more.
    };
  }

  /** The server's answer to {@link TusTarget.check}. */
  get offer(): ServerOffer {
    return this.#offer;
  }

  /**
   * Asks the server for its capabilities. A server that reports none is assumed to support the core protocol with
   * creation.
   */
  async check(signal: AbortSignal): Promise<void> {
    const answer = await this.#wire.send({ method: 'OPTIONS', address: this.#options.endpoint.href }, signal);
    const { status } = answer;
    if (status < 300) this.#offer = readServerOffer(answer, this.#options.endpoint.host);
    else if (![404, 405, 501].includes(status)) throw this.#wire.refused(answer, 'say what it offers');
  }

  async begin(file: OutgoingFile, signal: AbortSignal, division: UploadDivision): Promise<RemoteUpload> {
    const stretches = stretchesOf(file, this.#concatenates ? division : { ...division, senderCount: 1 });
    const isWhole = stretches.length === 1;
    const begun = await Promise.allSettled(
      stretches.map(async (stretch) => {
        const headers = {
          'upload-length': String(stretch.sizeBytes),
          ...(isWhole ? this.#metadata(file) : { 'upload-concat': 'partial' }),
        };
        const { address, answer } = await this.#create(headers, `begin the upload of ${file.name}`, signal);
        return { upload: { ...stretch, address }, expiresAtMs: expiryOf(answer, this.#now()) };
      }),
    );
    const done = begun.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const failed = begun.find((one) => one.status === 'rejected');
    const uploads = done.map(({ upload }) => upload);
    if (failed !== undefined) {
      if (uploads.length > 0 && !signal.aborted) await this.abort(recordOf(uploads), signal);
      throw failed.reason;
    }
    const expiries = done.flatMap(({ expiresAtMs }) => (expiresAtMs === undefined ? [] : [expiresAtMs]));
    return recordOf(uploads, expiries.length === 0 ? undefined : Math.min(...expiries));
  }

  lanes(upload: RemoteUpload): readonly Lane[] {
    return uploadsOf(upload).map(laneOf);
  }

  /**
   * Accepts addresses at the server's own origin, or at one that the server has assigned to an upload in this run.
   * Bytes are sent there, so a record alone is not trusted. If private addresses are allowed, any record is accepted,
   * as in `checkDestination`.
   */
  async owns(record: RemoteUpload): Promise<boolean> {
    try {
      for (const { address } of uploadsOf(record)) {
        const { origin } = await this.#wire.urlOf(address);
        if (!this.#options.allowPrivateRedirects && !this.#origins.has(origin)) return false;
      }
      return true;
    } catch (error) {
      return isNoneOfOurs(error);
    }
  }

  /**
   * Accepts the server's own origin, and addresses that `checkDestination` allows. Neither bytes nor keys are sent
   * there.
   */
  async holds({ id }: RemoteFile): Promise<boolean> {
    try {
      await this.#wire.urlOf(id);
      return true;
    } catch (error) {
      // A host that cannot be resolved now is accepted; the request will report it.
      return isChatferryError(error, 'UNREACHABLE') || isNoneOfOurs(error);
    }
  }

  async held(upload: RemoteUpload, _sent: SentParts, signal: AbortSignal): Promise<HeldParts> {
    const uploads = uploadsOf(upload);
    const offsets = await Promise.all(uploads.map((one) => this.#offsetOf(one, signal)));
    const known = offsets.filter((offset) => offset !== undefined);
    if (known.length < offsets.length) {
      if (known.length > 0) await this.abort(upload, signal); // The remaining parts of it are useless.
      return { kind: 'gone' };
    }
    const [first = 0] = known;
    return uploads.length === 1 ? { kind: 'offset', offset: first } : { kind: 'lanes', offsets: known };
  }

  async sendPart(
    record: RemoteUpload,
    { part, file: { name } }: PartToSend,
    signal: AbortSignal,
  ): Promise<PartReceipt> {
    const { index, sizeBytes } = part;
    if (sizeBytes === 0) return { index, tag: '' }; // An empty file is complete when it is created.
    const { address, offset: begin } = onlyUploadOf(record);
    const { host } = this.#options.endpoint;
    const headers = {
      'upload-offset': String(part.offset - begin),
      'content-type': OFFSET_TYPE,
      'content-length': String(sizeBytes),
      ...(await checksumHeader(part, this.#offer)),
    };
    const answer = await this.#wire.send({ method: 'PATCH', address, headers, body: part.body() }, signal);
    const { status } = answer;
    if (status === CHECKSUM_MISMATCH) {
      const message = `${name}: ${host} received other bytes than were sent.`;
      throw new ChatferryError('CONTENT_MISMATCH', message, { retryable: true });
    }
    if (NOT_NOW.includes(status)) throw this.#wire.passing(`is at another byte of ${name}, or busy with it`);
    if (status === 404 || status === 410) throw new UploadGone(`${this.id} discarded the unfinished upload`);
    if (status === 413) throw this.#tooMuch(answer, sizeBytes);
    if (status >= 300) throw this.#wire.refused(answer, `take bytes of ${name}`);
    const reached = byteCount(answer.headers['upload-offset']);
    const wanted = part.offset - begin + sizeBytes;
    if (reached !== wanted) {
      throw this.#wire.passing(`says that it is at byte ${reached ?? 'unknown'} of ${name} instead of ${wanted}`);
    }
    const expiresAtMs = expiryOf(answer, this.#now());
    return { index, tag: '', ...(expiresAtMs === undefined ? {} : { expiresAtMs }) };
  }

  async complete(record: RemoteUpload, { file }: SentParts, signal: AbortSignal): Promise<RemoteFile> {
    const uploads = uploadsOf(record);
    const [first] = uploads;
    if (uploads.length === 1 && first !== undefined) return { address: first.address, id: first.address };
    const concat = `final;${uploads.map(({ address }) => address).join(' ')}`;
    const headers = { 'upload-concat': concat, ...this.#metadata(file) };
    const { address } = await this.#create(headers, `make one file of the parts of ${file.name}`, signal);
    return { address, id: address };
  }

  async abort(record: RemoteUpload, signal: AbortSignal): Promise<void> {
    for (const { address } of uploadsOf(record)) await this.#terminate(address, signal);
  }

  async confirm({ id }: RemoteFile, { sizeBytes }: ExpectedFile, signal: AbortSignal): Promise<Confirmation> {
    const answer = await this.#wire.send({ method: 'HEAD', address: id }, signal);
    const { status, headers } = answer;
    if (NOT_THERE.includes(status)) return { state: 'missing' };
    if (NOT_NOW.includes(status)) throw this.#wire.passing('is still busy with the file');
    if (status >= 300) throw this.#wire.refused(answer, 'say what it has');
    const { 'upload-offset': offset, 'upload-length': length = offset } = headers;
    // An upload that is being concatenated has no offset yet.
    if (offset === undefined) throw this.#wire.passing('does not say how much it has of the file');
    const isSame = byteCount(offset) === sizeBytes && byteCount(length) === sizeBytes;
    return isSame ? { state: 'same', by: 'size' } : { state: 'different', by: 'size', found: `${offset} bytes` };
  }

  /** The protocol has no downloads, but many servers answer GET. */
  read({ id }: RemoteFile, signal: AbortSignal): AsyncIterable<Uint8Array> {
    return this.#wire.read(id, signal);
  }

  async remove({ id }: RemoteFile, signal: AbortSignal): Promise<void> {
    await this.#terminate(id, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#wire[Symbol.asyncDispose]();
  }

  /** Bytes of an interrupted part stay, because the part is not checked as a whole. */
  get #keepsCutParts(): boolean {
    const { extensions } = this.#offer;
    return this.#options.partBytes === undefined && !extensions.has('checksum') && !this.#concatenates;
  }

  get #concatenates(): boolean {
    return this.#options.inOnePiece !== true && this.#offer.extensions.has('concatenation');
  }

  async #create(headers: Readonly<Record<string, string>>, doing: string, signal: AbortSignal): Promise<Created> {
    const { endpoint } = this.#options;
    const answer = await this.#wire.send({ method: 'POST', address: endpoint.href, headers }, signal);
    const { location } = answer.headers;
    if (answer.status === 201 && location !== undefined) {
      const { href, origin } = await this.#wire.urlOf(location);
      const address = toldAddress(href);
      if (address !== undefined) {
        this.#origins.add(origin);
        return { answer, address };
      }
      throw new ChatferryError(
        'STORE_REFUSED',
        `${endpoint.host} gave an address that is too long when asked to ${doing}.`,
      );
    }
    if (answer.status < 300)
      throw this.#wire.passing(`answered ${answer.status} without an address when asked to ${doing}`);
    const isOfParts = headers['upload-concat']?.startsWith('final') === true;
    if (isOfParts && [404, 410].includes(answer.status)) throw new UploadGone(`${this.id} gave up parts of it`);
    throw this.#wire.refused(answer, doing);
  }

  /** The offset in the file; undefined if the server does not have the upload, or has another one at its address. */
  async #offsetOf({ address, offset, sizeBytes }: ServerUpload, signal: AbortSignal): Promise<number | undefined> {
    const answer = await this.#wire.send({ method: 'HEAD', address }, signal);
    if (NOT_THERE.includes(answer.status)) return undefined;
    if (NOT_NOW.includes(answer.status)) throw this.#wire.passing('is still busy with the upload');
    if (answer.status >= 300) throw this.#wire.refused(answer, 'say how much it has');
    const held = byteCount(answer.headers['upload-offset']);
    if (held === undefined) throw this.#wire.passing('does not say how much it has of the upload');
    const length = byteCount(answer.headers['upload-length']) ?? sizeBytes;
    return length === sizeBytes && held <= sizeBytes ? offset + held : undefined;
  }

  async #terminate(address: string, signal: AbortSignal): Promise<void> {
    if (!this.#offer.extensions.has('termination')) return;
    const answer = await this.#wire.send({ method: 'DELETE', address }, signal);
    const isOver = answer.status < 300 || NOT_THERE.includes(answer.status);
    if (!isOver) throw this.#wire.refused(answer, 'end an upload');
  }

  #tooMuch(answer: HttpAnswer, sizeBytes: number): ChatferryError {
    const { message } = this.#wire.refused(answer, `take ${sizeBytes} bytes at once`);
    return new ChatferryError('STORE_REFUSED', `${message} A smaller UPLOAD_CHUNK_SIZE may pass.`);
  }

  #metadata(file: OutgoingFile): Readonly<Record<string, string>> {
    const { prefix = '', metadata } = this.#options;
    const own = { filename: `${prefix}${file.name}`, filetype: file.contentType, sha256: file.sha256 };
    return { 'upload-metadata': uploadMetadata(metadata?.(file) ?? own) };
  }
}

/** @returns false for errors that reject a record or an address. @throws all other errors. */
function isNoneOfOurs(error: unknown): false {
  if (isChatferryError(error, 'INTERNAL') || isChatferryError(error, 'STORE_REFUSED')) return false;
  throw error;
}

interface Created {
  readonly address: string;
  readonly answer: HttpAnswer;
}
