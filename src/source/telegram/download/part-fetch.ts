import { ChatferryError } from '../../../errors/chatferry-error.js';
import type { DownloadControl, FetchedPart } from './download-control.js';
import type { DownloadMeter } from './download-meter.js';
import { FileHashes, type HashVerdict } from './file-hashes.js';
import type { CallTrouble } from '../wire/connections/media-connections.js';
import { partBytesOf } from './part-plan.js';
import type { RemoteFile } from './remote-file.js';

export interface PartFetchOptions {
  /** The announced size of the file; undefined if unknown. */
  readonly sizeBytes: number | undefined;
  readonly control: DownloadControl;
  /** The meter of the run that fetches the file. */
  readonly meter?: DownloadMeter | undefined;
}

/** A part that was received and verified. */
export interface VerifiedPart {
  readonly bytes: Buffer;
  /** Whether it has the expected length. Otherwise the server has confirmed another length. */
  readonly isAsExpected: boolean;
}

const MAX_TRIES_PER_PART = 3;
/** The smallest range that `upload.getFile` returns (https://core.telegram.org/api/files#downloading-files). */
const BLOCK_BYTES = 4096;

/**
 * Fetches and verifies single parts of one file.
 *
 * A part of the expected length is accepted if no hash of the server contradicts it. A part of another length may be
 * truncated, or the announced size of the file may be wrong or unknown. It is accepted in two cases only:
 *
 * 1. The server's hashes (`upload.getFileHashes`) cover all its bytes and end where it ends. For an empty file that was
 *    announced with 0 bytes, the server answers that there are no hashes.
 * 2. The server has no hashes of the file, and returns the same bytes when it is asked again. If the part is the last,
 *    the server must also return nothing beyond the end: neither from the 4 KB block in which the part ends, nor from
 *    where the next part would begin. At least one of these requests uses another connection than the first one, if
 *    there are several.
 *
 * Everything else is a `CONTENT_MISMATCH`.
 */
export class PartFetch {
  readonly #remote: RemoteFile;
  readonly #control: DownloadControl;
  readonly #meter: DownloadMeter | undefined;
  readonly #sizeBytes: number | undefined;
  readonly #fullBytes: number;
  readonly #hashes: FileHashes;

  constructor(remote: RemoteFile, { sizeBytes, control, meter }: PartFetchOptions) {
    this.#remote = remote;
    this.#control = control;
    this.#meter = meter;
    this.#sizeBytes = sizeBytes;
    this.#fullBytes = partBytesOf(sizeBytes);
    this.#hashes = new FileHashes((offset, signal) => remote.hashes(offset, signal), sizeBytes);
  }

  /** From now on ignores the announced size. */
  ignoreAnnouncedSize(): void {
    this.#hashes.ignoreAnnouncedSize();
  }

  /**
   * Whether a file whose announced last part is full ends there. A last part that is not full marks the end by itself.
   *
   * @throws as {@link PartFetch.fetch} does.
   */
  async endsAt(offset: number, signal: AbortSignal): Promise<boolean> {
    const verdict = await this.#verdict(offset, Buffer.alloc(0), signal);
    if (verdict !== 'no-hashes') return verdict === 'match';
    return (await this.#remote.part(offset, { signal, sizeBytes: BLOCK_BYTES })).length === 0;
  }

  /**
   * @param offset - A multiple of the size of a full part.
   * @param expectedBytes - The expected length: that of a full part if the size of the file is unknown.
   * @throws {ChatferryError} `CONTENT_MISMATCH`; as {@link RemoteFile.part} does. The signal's reason when it aborts.
   */
  async fetch(offset: number, expectedBytes: number, signal: AbortSignal): Promise<VerifiedPart> {
    this.#hashes.prefetch(offset, signal);
    let previous: Buffer | undefined;
    let problem = '';
    for (let trial = 1; trial <= MAX_TRIES_PER_PART; trial += 1) {
      const { bytes, latencyMs } = await this.#ask(offset, trial, signal);
      if (bytes.length === expectedBytes) {
        const endsFile = offset + bytes.length === this.#sizeBytes;
        if (await this.#hashes.allows({ offset, bytes, endsFile }, signal)) {
          this.#count({ bytes: bytes.length, latencyMs });
          return { bytes, isAsExpected: true };
        }
        problem = `the bytes that it sent from byte ${offset} on do not match its hash of them`;
        previous = undefined;
        continue;
      }
      problem = `it sent ${bytes.length} bytes instead of ${expectedBytes} from byte ${offset} on`;
      const verdict = await this.#verdict(offset, bytes, signal);
      if (verdict === 'match') {
        this.#count({ bytes: bytes.length, latencyMs });
        return { bytes, isAsExpected: false };
      }
      if (
        verdict === 'no-hashes' &&
        previous?.equals(bytes) === true &&
        (await this.#hasNothingBeyond(offset, bytes, signal))
      ) {
        this.#count({ bytes: bytes.length, latencyMs });
        return { bytes, isAsExpected: false };
      }
      previous = bytes;
    }
    const announced = `Telegram announced ${this.#sizeBytes ?? 'an unknown number of'} bytes`;
    throw new ChatferryError(
      'CONTENT_MISMATCH',
      `${announced}, but ${problem}, ${MAX_TRIES_PER_PART} times. Run the same command again to retry.`,
      { retryable: true },
    );
  }

  #count(part: FetchedPart): void {
    this.#control.fetched(part);
    this.#meter?.fetched(part.bytes);
  }

  async #ask(
    offset: number,
    trial: number,
    signal: AbortSignal,
  ): Promise<{ readonly bytes: Buffer; readonly latencyMs: number | undefined }> {
    const control = this.#control;
    const troubles: CallTrouble[] = [];
    const askedMs = control.nowMs();
    control.useDataCentre(this.#remote.servingDcId);
    const bytes = await this.#remote.part(offset, {
      signal,
      // Retries use connections 0 and 1, so at least one of them differs from the connection that failed first.
      connection: trial === 1 ? undefined : trial - 2,
      onTrouble: (trouble) => {
        troubles.push(trouble);
        control.trouble(trouble);
      },
    });
    return { bytes, latencyMs: troubles.length > 0 ? undefined : control.nowMs() - askedMs };
  }

  async #verdict(offset: number, bytes: Buffer, signal: AbortSignal): Promise<HashVerdict> {
    if (bytes.length > this.#fullBytes) return 'mismatch'; // More than was requested is always wrong.
    const endsFile = bytes.length < this.#fullBytes;
    this.#hashes.ignoreAnnouncedSize();
    return this.#hashes.verdict({ offset, bytes, endsFile }, signal);
  }

  /** Verifies the presumed end of the file with requests for other ranges. */
  async #hasNothingBeyond(offset: number, bytes: Buffer, signal: AbortSignal): Promise<boolean> {
    if (bytes.length === this.#fullBytes) return true; // A full part is not the presumed end.
    const inBlock = Math.floor(bytes.length / BLOCK_BYTES) * BLOCK_BYTES;
    const block = await this.#remote.part(offset + inBlock, { signal, sizeBytes: BLOCK_BYTES, connection: 1 });
    if (!block.equals(bytes.subarray(inBlock))) return false;
    const next = await this.#remote.part(offset + this.#fullBytes, { signal });
    return next.length === 0;
  }
}
