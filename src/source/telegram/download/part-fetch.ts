import { ChatferryError } from '../../../errors/chatferry-error.js';
import type { DownloadControl } from './download-control.js';
import { FileHashes } from './file-hashes.js';
import type { CallTrouble } from '../wire/connections/media-connections.js';
import { partBytesOf } from './part-plan.js';
import type { RemoteFile } from './remote-file.js';

export interface PartFetchOptions {
  /** Of the file, as announced; undefined where it is not. */
  readonly sizeBytes: number | undefined;
  readonly control: DownloadControl;
}

/** A part that is right. */
export interface ArrivedPart {
  readonly bytes: Buffer;
  /** Whether it has the length that was expected. Otherwise the server itself vouches for another. */
  readonly isAsExpected: boolean;
}

const MOST_TRIES_PER_PART = 3;
/** The smallest range that `upload.getFile` gives (https://core.telegram.org/api/files#downloading-files). */
const BLOCK_BYTES = 4096;

/**
 * Fetches single parts of one file, and says whether they are right.
 *
 * A part of the expected length is right when no hash of the server speaks against it. A part of another length is what
 * a line that was cut looks like, and also what a file looks like whose announced size is wrong or unknown. It is
 * believed in two cases only:
 *
 * 1. the server's hashes (`upload.getFileHashes`) have all its bytes, and end where it ends; of a file that is announced
 *    with 0 bytes and has none, that is no hash at all;
 * 2. the server has no hashes of the file, gives the same bytes when it is asked again, and, where the part is the last,
 *    has nothing behind its end: not in the 4 KB block in which it ends, and not where the next part would begin. Of
 *    these questions one at least goes over another connection than the first, where there are several.
 *
 * Anything else is `CONTENT_MISMATCH`.
 */
export class PartFetch {
  readonly #remote: RemoteFile;
  readonly #control: DownloadControl;
  readonly #sizeBytes: number | undefined;
  readonly #fullBytes: number;
  readonly #hashes: FileHashes;

  constructor(remote: RemoteFile, { sizeBytes, control }: PartFetchOptions) {
    this.#remote = remote;
    this.#control = control;
    this.#sizeBytes = sizeBytes;
    this.#fullBytes = partBytesOf(sizeBytes);
    this.#hashes = new FileHashes((offset, signal) => remote.hashes(offset, signal), sizeBytes);
  }

  /** From now on the announced size says nothing. */
  forgetAnnounced(): void {
    this.#hashes.forgetSize();
  }

  /**
   * Whether a file whose last part was full, as announced, has nothing behind it. A last part that is not full says so
   * itself.
   *
   * @throws as {@link PartFetch.fetch} does.
   */
  async endsAt(offset: number, signal: AbortSignal): Promise<boolean> {
    const verdict = await this.#verdict(offset, Buffer.alloc(0), signal);
    if (verdict !== 'silent') return verdict === 'agrees';
    return (await this.#remote.part(offset, { signal, sizeBytes: BLOCK_BYTES })).length === 0;
  }

  /**
   * @param offset - A multiple of a full part.
   * @param expectedBytes - What is known or hoped for: a full part where nobody knows.
   * @throws {ChatferryError} `CONTENT_MISMATCH`; as {@link RemoteFile.part} does. The signal's reason when it aborts.
   */
  async fetch(offset: number, expectedBytes: number, signal: AbortSignal): Promise<ArrivedPart> {
    this.#hashes.expect(offset, signal);
    let before: Buffer | undefined;
    let said = '';
    for (let trial = 1; trial <= MOST_TRIES_PER_PART; trial += 1) {
      const { bytes, latencyMs } = await this.#ask(offset, trial, signal);
      if (bytes.length === expectedBytes) {
        const endsFile = offset + bytes.length === this.#sizeBytes;
        if (await this.#hashes.agrees({ offset, bytes, endsFile }, signal)) {
          this.#control.fetched({ bytes: bytes.length, latencyMs });
          return { bytes, isAsExpected: true };
        }
        said = `the bytes that it sent from byte ${offset} on do not have the hash it says`;
        before = undefined;
        continue;
      }
      said = `it sent ${bytes.length} bytes instead of ${expectedBytes} from byte ${offset} on`;
      const verdict = await this.#verdict(offset, bytes, signal);
      if (verdict === 'agrees') {
        this.#control.fetched({ bytes: bytes.length, latencyMs });
        return { bytes, isAsExpected: false };
      }
      if (
        verdict === 'silent' &&
        before?.equals(bytes) === true &&
        (await this.#isNothingBehind(offset, bytes, signal))
      ) {
        this.#control.fetched({ bytes: bytes.length, latencyMs });
        return { bytes, isAsExpected: false };
      }
      before = bytes;
    }
    const announced = `Telegram announced ${this.#sizeBytes ?? 'an unknown number of'} bytes`;
    throw new ChatferryError(
      'CONTENT_MISMATCH',
      `${announced}, but ${said}, ${MOST_TRIES_PER_PART} times. Run the same command again to retry.`,
      { retryable: true },
    );
  }

  async #ask(
    offset: number,
    trial: number,
    signal: AbortSignal,
  ): Promise<{ readonly bytes: Buffer; readonly latencyMs: number | undefined }> {
    const control = this.#control;
    const troubles: CallTrouble[] = [];
    const askedMs = control.nowMs();
    control.uses(this.#remote.servingDcId);
    const bytes = await this.#remote.part(offset, {
      signal,
      // What one connection has cut, another may bring: of these two, one at least is not that of the first trial.
      connection: trial === 1 ? undefined : trial - 2,
      onTrouble: (trouble) => {
        troubles.push(trouble);
        control.trouble(trouble);
      },
    });
    return { bytes, latencyMs: troubles.length > 0 ? undefined : control.nowMs() - askedMs };
  }

  async #verdict(offset: number, bytes: Buffer, signal: AbortSignal): Promise<'agrees' | 'disagrees' | 'silent'> {
    if (bytes.length > this.#fullBytes) return 'disagrees'; // More than was asked for is never right.
    const endsFile = bytes.length < this.#fullBytes;
    this.#hashes.forgetSize();
    return this.#hashes.verdict({ offset, bytes, endsFile }, signal);
  }

  /** Asks at the end of the file that a part is said to be, in other ranges than before. */
  async #isNothingBehind(offset: number, bytes: Buffer, signal: AbortSignal): Promise<boolean> {
    if (bytes.length === this.#fullBytes) return true; // It is not said to be the end.
    const inBlock = Math.floor(bytes.length / BLOCK_BYTES) * BLOCK_BYTES;
    const block = await this.#remote.part(offset + inBlock, { signal, sizeBytes: BLOCK_BYTES, connection: 1 });
    if (!block.equals(bytes.subarray(inBlock))) return false;
    const next = await this.#remote.part(offset + this.#fullBytes, { signal });
    return next.length === 0;
  }
}
