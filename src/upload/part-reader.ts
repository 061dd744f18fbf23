import type { Bandwidth } from './bandwidth.js';
import type { PartRange } from './part-plan.js';
import type { ProgressTracker } from './progress-tracker.js';
import type { SourceFile } from './source-file.js';
import type { OutgoingPart } from './upload-target.js';

export interface PartReaderOptions {
  readonly source: SourceFile;
  readonly bandwidth: Bandwidth;
  readonly progress: ProgressTracker;
}

/** Makes parts of a file ready to be sent: digested first, then read again at the speed that the bandwidth allows. */
export class PartReader {
  readonly #options: PartReaderOptions;

  constructor(options: PartReaderOptions) {
    this.#options = options;
  }

  /** @throws {ChatferryError} `SOURCE_CHANGED`, `FILE_SYSTEM`; the signal's reason. */
  async outgoing(range: PartRange, signal: AbortSignal): Promise<OutgoingPart> {
    const { source } = this.#options;
    const { sha256, md5 } = await source.digest(range.offset, range.sizeBytes, signal);
    return {
      ...range,
      sha256,
      md5: Buffer.from(md5, 'hex').toString('base64'),
      digest: (algorithm) => source.digestBy(algorithm, range, signal),
      body: () => this.#body(range, sha256, signal),
    };
  }

  async *#body({ index, offset, sizeBytes }: PartRange, sha256: string, signal: AbortSignal): AsyncGenerator<Buffer> {
    const { source, bandwidth, progress } = this.#options;
    progress.partFailed(index); // What an earlier try sent does not count.
    for await (const piece of source.readAgain(offset, sizeBytes, sha256, signal)) {
      await bandwidth.take(piece.length, signal);
      progress.sent(index, piece.length);
      yield piece;
    }
  }
}
