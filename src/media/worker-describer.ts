import type { Description } from '../chat/description/description.js';
import { errorMessage, isChatferryError } from '../errors/chatferry-error.js';
import type { ProcessTree } from '../memory/process-tree.js';
import { readContentKind } from './bytes/content-kind.js';
import { NO_FFMPEG, type SafeFfmpeg } from './ffmpeg/ffmpeg-binaries.js';
import { isPdf } from './image/pdf-page.js';
import type { CopyOfOriginal, CopyProver, DescribedFile, FileToDescribe, MediaDescriber } from './media-describer.js';
import type { MediaJob } from './media-job.js';
import { recipeName, withoutFfmpeg } from './recipe.js';
import { MediaWorkers } from './workers/media-workers.js';

export interface WorkerDescriberOptions extends Pick<MediaJob, 'transcode' | 'stripMetadata'> {
  /** Worker processes at most. */
  readonly concurrency: number;
  /**
   * Called once, with the first file that needs a worker.
   *
   * @throws {ChatferryError} `MISSING_PROGRAM`
   */
  readonly findFfmpeg: (signal: AbortSignal) => Promise<SafeFfmpeg>;
  /** The memory of workers and of the programs that they start is counted here. */
  readonly tree: ProcessTree;
  /** Called at most once, with a text for people: what is not made because there is no ffmpeg. */
  readonly onNote: (text: string) => void;
}

/**
 * Describes the media of an archive in worker processes, which start with the first file that needs one. Documents and empty
 * files need none, and without ffmpeg neither do video and audio.
 */
export class WorkerDescriber implements MediaDescriber, CopyProver, AsyncDisposable {
  readonly concurrency: number;
  readonly recipe: string;
  readonly #options: WorkerDescriberOptions;
  #ffmpeg: Promise<SafeFfmpeg> | undefined;
  #workers: MediaWorkers | undefined;
  #hasNoted = false;

  constructor(options: WorkerDescriberOptions) {
    this.#options = options;
    this.concurrency = options.concurrency;
    this.recipe = recipeName(options);
  }

  /** Looks for ffmpeg now instead of with the first file. @throws {ChatferryError} `MISSING_PROGRAM` */
  async prepare(signal: AbortSignal): Promise<void> {
    await this.#findFfmpeg(signal);
  }

  async recipes(signal: AbortSignal): Promise<readonly string[]> {
    const { recipe } = this;
    return (await this.#findFfmpeg(signal)).binaries === undefined ? [recipe, withoutFfmpeg(recipe)] : [recipe];
  }

  async describe(file: FileToDescribe, signal: AbortSignal): Promise<DescribedFile> {
    const { recipe } = this;
    try {
      const content = await readContentKind(file.path);
      const description: Description = { content, facts: {}, problems: [] };
      if ((content.kind === 'document' && !isPdf(content)) || content.kind === 'empty') {
        return { recipe, description, derivatives: [] };
      }
      const ffmpeg = await this.#findFfmpeg(signal);
      if (ffmpeg.binaries === undefined && (content.kind === 'video' || content.kind === 'audio')) {
        this.#noteAbsence(ffmpeg.absence);
        return { recipe: withoutFfmpeg(recipe), description, derivatives: [] };
      }
      return await this.#describeInWorker(file, ffmpeg, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (isChatferryError(error, 'INTERNAL')) throw error;
      return { recipe, description: unreadable(error), derivatives: [] };
    }
  }

  async prove({ original, copy }: CopyOfOriginal, signal: AbortSignal): Promise<string | undefined> {
    const content = await readContentKind(original);
    const workers = this.#startWorkers(await this.#findFfmpeg(signal));
    try {
      await workers.prove({ original, copy, content }, signal);
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      if (isChatferryError(error, 'CONTENT_MISMATCH')) return error.message;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#workers?.[Symbol.asyncDispose]();
  }

  async #describeInWorker(
    { path, sha256, sizeBytes, outputFolder, name, hasWaveform }: FileToDescribe,
    ffmpeg: SafeFfmpeg,
    signal: AbortSignal,
  ): Promise<DescribedFile> {
    const { transcode, stripMetadata } = this.#options;
    const job: MediaJob = {
      path,
      outputFolder,
      name,
      digest: { sha256, sizeBytes },
      hasWaveform,
      ...(transcode === undefined ? {} : { transcode }),
      ...(stripMetadata === undefined ? {} : { stripMetadata }),
    };
    const description = await this.#startWorkers(ffmpeg).run(job, signal);
    const { derivatives, problems } = description;
    // Some pictures need ffmpeg as well.
    const lacksFfmpeg = ffmpeg.binaries === undefined && problems.length > 0;
    return { recipe: lacksFfmpeg ? withoutFfmpeg(this.recipe) : this.recipe, description, derivatives };
  }

  #startWorkers({ binaries: ffmpeg, absence: noFfmpeg = NO_FFMPEG }: SafeFfmpeg): MediaWorkers {
    this.#workers ??= new MediaWorkers({ count: this.concurrency, ffmpeg, noFfmpeg, tree: this.#options.tree });
    return this.#workers;
  }

  #findFfmpeg(signal: AbortSignal): Promise<SafeFfmpeg> {
    this.#ffmpeg ??= this.#options.findFfmpeg(signal);
    return this.#ffmpeg;
  }

  #noteAbsence(absence: string): void {
    if (this.#hasNoted) return;
    this.#hasNoted = true;
    this.#options.onNote(
      absence === NO_FFMPEG
        ? 'There is no ffmpeg: films and sound get no posters and waveforms. Install it, or set FFMPEG_PATH; the next export makes them.'
        : `Films and sound get no posters and waveforms. ${absence} The next export makes them.`,
    );
  }
}

function unreadable(error: unknown): Description {
  return {
    content: { kind: 'unknown', mimeType: 'application/octet-stream' },
    facts: {},
    problems: [{ work: 'facts', reason: errorMessage(error) }],
  };
}
