import type { Bandwidth } from '../pace/bandwidth.js';
import type { PartRange } from './part-plan.js';
import type { PreparedFile } from '../file/prepared-file.js';
import type { ProgressTracker } from '../progress/progress-tracker.js';
import type { RangeDigest } from '../file/source-file.js';
import type { OutgoingPart } from '../upload-target.js';

export interface PartReaderOptions {
  readonly prepared: Pick<PreparedFile, 'source' | 'digests' | 'file' | 'withPartMd5'>;
  readonly bandwidth: Bandwidth;
  readonly progress: ProgressTracker;
}

/** Prepares parts of a file for sending: with their digests, and read at the speed that the bandwidth limit allows. */
export class PartReader {
  readonly #options: PartReaderOptions;

  constructor(options: PartReaderOptions) {
    this.#options = options;
  }

  /** @throws {ChatferryError} `SOURCE_CHANGED`, `FILE_SYSTEM`; the signal's reason. */
  async outgoing(range: PartRange, signal: AbortSignal): Promise<OutgoingPart> {
    const { source } = this.#options.prepared;
    const { sha256, md5 } = await this.digestOf(range, signal);
    return {
      ...range,
      sha256,
      md5: md5 === undefined ? '' : Buffer.from(md5, 'hex').toString('base64'),
      digest: (algorithm) => source.digestBy(algorithm, range, signal),
      body: () => this.#body(range, sha256, signal),
    };
  }

  /**
   * The digest of a range. Reads bytes that were not digested with the whole file, mostly the rest of an interrupted
   * part.
   */
  digestOf(range: PartRange, signal: AbortSignal): RangeDigest | Promise<RangeDigest> {
    const { source, digests, file, withPartMd5 } = this.#options.prepared;
    const isWholeFile = range.sizeBytes === file.sizeBytes;
    if (isWholeFile && (!withPartMd5 || file.md5 !== undefined)) return file;
    return digests.of(range) ?? source.digest(range, { withMd5: withPartMd5 }, signal);
  }

  async *#body(range: PartRange, sha256: string, signal: AbortSignal): AsyncGenerator<Buffer> {
    const { prepared, bandwidth, progress } = this.#options;
    progress.partFailed(range.index); // Bytes of a failed try do not count.
    for await (const piece of prepared.source.readAgain(range, sha256, signal)) {
      await bandwidth.take(piece.length, signal);
      progress.sent(range.index, piece.length);
      yield piece;
    }
  }
}
