import type { Description } from '../../chat/description/description.js';
import type { Settings } from '../../config/settings.js';
import { errorMessage, isChatferryError } from '../../errors/chatferry-error.js';
import { readContentKind } from '../../media/bytes/content-kind.js';
import { findSafeFfmpeg, NO_FFMPEG, type SafeFfmpeg } from '../../media/ffmpeg/ffmpeg-binaries.js';
import { MediaWorkers } from '../../media/workers/media-workers.js';
import { isPdf } from '../../media/image/pdf-page.js';
import { RECIPE_VERSION } from '../../media/recipe-version.js';
import { rightExtension } from '../../media/right-extension.js';
import type { ProcessTree } from '../../memory/process-tree.js';
import type { ProgressReporter } from '../../pipeline/export-progress.js';
import type {
  CopyOfOriginal,
  CopyProver,
  DescribedFile,
  FileToDescribe,
  MediaDescriber,
} from '../../media/media-describer.js';
import { workerCount } from '../process-media.js';

export interface MediaDescriptionsOptions {
  readonly settings: Settings;
  /** Where workers and their programs are counted. */
  readonly tree: ProcessTree;
  readonly reporter: ProgressReporter;
}

/** Describes the media of an export in worker processes, which are started when the first file comes. */
export class MediaDescriptions implements MediaDescriber, CopyProver, AsyncDisposable {
  readonly concurrency: number;
  readonly recipe: string;
  readonly #options: MediaDescriptionsOptions;
  #ffmpeg: Promise<SafeFfmpeg> | undefined;
  #workers: MediaWorkers | undefined;
  #hasSaid = false;

  constructor(options: MediaDescriptionsOptions) {
    this.#options = options;
    const { maxWorkers, mediaTranscode, stripMetadata } = options.settings;
    this.recipe = [
      `v${RECIPE_VERSION}`,
      ...(mediaTranscode === 'off' ? [] : [mediaTranscode]),
      ...(stripMetadata ? ['stripped'] : []),
    ].join('+');
    this.concurrency = workerCount(maxWorkers);
  }

  /** Looks for ffmpeg now rather than with the first file. @throws {ChatferryError} `MISSING_PROGRAM` */
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
      const nothing = { content, facts: {}, problems: [] };
      if ((content.kind === 'document' && !isPdf(content)) || content.kind === 'empty') {
        return { recipe, description: nothing, derivatives: [] };
      }
      const ffmpeg = await this.#findFfmpeg(signal);
      if (ffmpeg.binaries === undefined && (content.kind === 'video' || content.kind === 'audio')) {
        this.#sayWithout(ffmpeg.absence);
        return { recipe: withoutFfmpeg(recipe), description: nothing, derivatives: [] };
      }
      return await this.#describeInWorker(file, { ffmpeg, signal });
    } catch (error) {
      signal.throwIfAborted();
      if (isChatferryError(error, 'INTERNAL')) throw error;
      return { recipe, description: failed(error), derivatives: [] };
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
    { ffmpeg, signal }: { ffmpeg: SafeFfmpeg; signal: AbortSignal },
  ): Promise<DescribedFile> {
    const { mediaTranscode, stripMetadata } = this.#options.settings;
    const described = await this.#startWorkers(ffmpeg).run(
      {
        path,
        outputFolder,
        name,
        digest: { sha256, sizeBytes },
        hasWaveform,
        ...(mediaTranscode === 'off' ? {} : { transcode: mediaTranscode }),
        ...(stripMetadata ? { stripMetadata } : {}),
      },
      signal,
    );
    const { content, facts, placeholder, waveform, problems, derivatives } = described;
    const description: Description = {
      content,
      facts,
      ...(placeholder === undefined ? {} : { placeholder }),
      ...(waveform === undefined ? {} : { waveform }),
      problems,
    };
    // A picture may need ffmpeg as well.
    const recipe = ffmpeg.binaries === undefined && problems.length > 0 ? withoutFfmpeg(this.recipe) : this.recipe;
    return { recipe, description, derivatives };
  }

  #startWorkers({ binaries: ffmpeg, absence: noFfmpeg = NO_FFMPEG }: SafeFfmpeg): MediaWorkers {
    this.#workers ??= new MediaWorkers({ count: this.concurrency, ffmpeg, noFfmpeg, tree: this.#options.tree });
    return this.#workers;
  }

  #findFfmpeg(signal: AbortSignal): Promise<SafeFfmpeg> {
    const { ffmpegPath, ffprobePath, ffmpegAnyVersion: anyVersion } = this.#options.settings;
    this.#ffmpeg ??= findSafeFfmpeg({ ffmpegPath, ffprobePath, anyVersion, signal });
    return this.#ffmpeg;
  }

  #sayWithout(absence: string): void {
    if (this.#hasSaid) return;
    this.#hasSaid = true;
    const text =
      absence === NO_FFMPEG
        ? 'There is no ffmpeg: films and sound get no posters and waveforms. Install it, or set FFMPEG_PATH; the next export makes them.'
        : `Films and sound get no posters and waveforms. ${absence} The next export makes them.`;
    this.#options.reporter.event({ type: 'note', text });
  }
}

/** What the name of a file should end with, by its bytes. Undefined where it is right. */
export async function extensionByContent(name: string, path: string): Promise<string | undefined> {
  return rightExtension(name, await readContentKind(path));
}

function withoutFfmpeg(recipe: string): string {
  return `${recipe}-ffmpeg`;
}

function failed(error: unknown): Description {
  return {
    content: { kind: 'unknown', mimeType: 'application/octet-stream' },
    facts: {},
    problems: [{ work: 'facts', reason: errorMessage(error) }],
  };
}
