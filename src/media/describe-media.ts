import { join } from 'node:path';

import { fileError, isSystemError } from '../disk/file-error.js';
import { PrivateFolder } from '../disk/private-folder.js';
import { errorMessage } from '../errors/chatferry-error.js';
import { readContentKind } from './bytes/content-kind.js';
import type { ContentKind } from '../chat/description/content-kind.js';
import { type CostOptions, decodingCost } from './decoding-cost.js';
import type { DerivativeEnding } from './derivative-name.js';
import { COPY_PIXELS } from './picture-sizes.js';
import type { Derivative } from '../chat/description/derivative.js';
import { type FfmpegBinaries, NO_FFMPEG } from './ffmpeg/ffmpeg-binaries.js';
import type { MediaProbe } from './ffmpeg/ffprobe.js';
import type { FrameOptions } from './film/film.js';
import { hashFile } from './hash-file.js';
import { decoder, makeThumbnail, placeholderOf, type Thumbnail } from './image/image.js';
import type { MediaFacts } from '../chat/description/media-facts.js';
import type { DescribedMedia, MediaJob } from './media-job.js';
import type { MediaProblem } from '../chat/description/description.js';
import { drawFirstPage, isPdf } from './image/pdf-page.js';
import { mayNeedFfmpeg, openPicture } from './image/picture.js';
import { rightExtension } from './right-extension.js';

export interface DescribeOptions {
  /** Undefined where there is none: video and audio are then identified, but not described. */
  readonly ffmpeg: FfmpegBinaries | undefined;
  /** The problem text for files that need ffmpeg, where there is none. @defaultValue to install it */
  readonly noFfmpeg?: string;
  /** An existing folder for temporary files, which are all removed. */
  readonly workFolder: string;
  readonly signal: AbortSignal;
  /** Called with the process id of each program that is started. */
  readonly onStart?: (pid: number) => void;
  /**
   * Waits until the expected memory of the job, in bytes, is available. Called once, before the first decoder starts. With
   * `mayHoldNoMore` the job is ended if it exceeds that amount.
   *
   * @defaultValue does not wait
   */
  readonly admit?: (bytes: number, mayHoldNoMore?: boolean) => Promise<void>;
}

/**
 * Describes a file, and makes the derivatives that a viewer needs. A derivative that cannot be made is a problem in the
 * result. Only a file that cannot be read at all is an error.
 *
 * @throws Node's error when the file cannot be read; the signal's reason when it aborts.
 */
export async function describeMedia(job: MediaJob, options: DescribeOptions): Promise<DescribedMedia> {
  const reading = { mayBeLink: job.mayBeLink ?? false };
  const [content, digest] = await Promise.all([
    readContentKind(job.path, reading),
    job.digest ?? hashFile(job.path, options.signal, reading),
  ]);
  // Only external programs need a folder for their output.
  const usesPrograms = content.kind === 'video' || content.kind === 'audio' || mayNeedFfmpeg(content) || isPdf(content);
  await using folder = usesPrograms ? await PrivateFolder.make('job-', options.workFolder) : undefined;
  const workFolder = folder?.path ?? options.workFolder;
  const description = new Description(job, { ...options, content, workFolder, sizeBytes: digest.sizeBytes });
  const made = await description.make();
  const extension = rightExtension(job.path, made.content);
  return { ...(extension === undefined ? {} : { rightExtension: extension }), ...digest, ...made };
}

/** Smaller jobs fit into the memory that a worker has anyway. */
const LEAST_COST_BYTES = 32e6;

interface DescriptionOptions extends DescribeOptions {
  readonly content: ContentKind;
  readonly sizeBytes: number;
}

/**
 * Builds the description of one file. Modules for a kind of file are loaded with the first file of that kind: a worker that
 * gets only pictures starts faster, and takes 20 MB less.
 */
class Description {
  readonly #job: MediaJob;
  readonly #options: DescriptionOptions;
  readonly #derivatives: Derivative[] = [];
  readonly #problems: MediaProblem[] = [];
  #facts: MediaFacts = {};
  #waveform: readonly number[] | undefined;
  #placeholder: string | undefined;
  #readablePath: string | undefined;
  /** By the first bytes of the file, and by its streams once these are known. */
  #content: ContentKind;

  constructor(job: MediaJob, options: DescriptionOptions) {
    this.#job = job;
    this.#content = options.content;
    this.#options = options;
  }

  async make(): Promise<Omit<DescribedMedia, 'rightExtension' | 'sha256' | 'sizeBytes'>> {
    await this.#look();
    await this.#makePlaceholder();
    await this.#makeVersions();
    return {
      content: this.#content,
      facts: this.#facts,
      ...(this.#placeholder === undefined ? {} : { placeholder: this.#placeholder }),
      ...(this.#waveform === undefined ? {} : { waveform: this.#waveform }),
      derivatives: this.#derivatives,
      problems: this.#problems,
    };
  }

  async #look(): Promise<void> {
    const { content } = this.#options;
    switch (content.kind) {
      case 'image':
        return this.#lookAtImage();
      case 'animated-sticker':
        return this.#lookAtSticker();
      case 'video':
      case 'audio':
        return this.#listen();
      case 'document':
        return isPdf(content) ? this.#lookAtPdf() : undefined;
      case 'empty':
      case 'unknown':
        return undefined;
    }
  }

  async #lookAtPdf(): Promise<void> {
    const { workFolder, signal, onStart } = this.#options;
    const output = this.#output('thumb.webp');
    if (output === undefined) return;
    const { path } = this.#job;
    const made = await this.#try('thumbnail', async () => {
      const page = await drawFirstPage({ path, workFolder, signal, onStart });
      return page === undefined ? undefined : makeThumbnail(decoder(page), output);
    });
    this.#keepThumbnail(made);
  }

  #keepThumbnail(made: Thumbnail | undefined): void {
    if (made === undefined) return;
    this.#derivatives.push(made.derivative);
    this.#placeholder = made.placeholder;
  }

  async #lookAtImage(): Promise<void> {
    const { path } = this.#job;
    const onFacts = (facts: MediaFacts): void => {
      this.#facts = facts;
    };
    const opened = await this.#try('facts', () =>
      openPicture({
        ...this.#options,
        path,
        content: this.#content,
        onFacts,
        // A copy without metadata may be made from the pixels, and needs all of them.
        ...(this.#job.stripMetadata === true ? {} : { mostSide: COPY_PIXELS }),
        admit: (dimensions, asPng) => this.#admit(dimensions, { asPng }),
      }),
    );
    if (opened === undefined) return;
    const { image, facts, readablePath } = opened;
    if (readablePath === undefined) await this.#admit(facts, { isWhole: image.isWhole });
    this.#facts = facts;
    this.#readablePath = readablePath;
    const output = this.#output('thumb.webp');
    if (output !== undefined) this.#keepThumbnail(await this.#try('thumbnail', () => image.thumbnail(output)));
  }

  async #lookAtSticker(): Promise<void> {
    const { drawSticker, readAnimatedSticker, STICKER_BYTES } = await import('./image/animated-sticker.js');
    await this.#options.admit?.(STICKER_BYTES, true);
    const sticker = await this.#try('facts', () => readAnimatedSticker(this.#job.path));
    if (sticker === undefined) return;
    this.#facts = sticker.facts;
    const output = this.#output('thumb.webp');
    if (output !== undefined) await this.#keep('thumbnail', () => drawSticker(sticker, output));
  }

  async #listen(): Promise<void> {
    const { ffmpeg, noFfmpeg = NO_FFMPEG, signal, workFolder, onStart } = this.#options;
    if (ffmpeg === undefined) {
      this.#problems.push({ work: 'facts', reason: noFfmpeg });
      return;
    }
    const [{ probeMedia }, { alphaDecoderOf, filmFacts, videoStreamOf }, { makePoster }] = await Promise.all([
      import('./ffmpeg/ffprobe.js'),
      import('./film/film.js'),
      import('./film/poster.js'),
    ]);
    const { path } = this.#job;
    const probe = await this.#try('facts', () => probeMedia(ffmpeg, path, { signal }));
    if (probe === undefined) return;
    const { contentByStreams } = await import('./film/stream-kind.js');
    this.#content = contentByStreams(this.#content, probe);
    if (this.#content.kind === 'document') return;
    const frame = { binaries: ffmpeg, path, workFolder, signal, onStart };
    const video = videoStreamOf(probe);
    if (video === undefined) {
      await this.#lookAtSound(probe, frame);
      return;
    }
    const [poster, thumbnail] = [this.#output('poster.webp'), this.#output('thumb.webp')];
    this.#facts = filmFacts(probe);
    await this.#admit(this.#facts, {});
    if (poster !== undefined && thumbnail !== undefined) {
      await this.#keep('poster', () =>
        makePoster({ ...frame, alphaDecoder: alphaDecoderOf(video), facts: this.#facts }, { poster, thumbnail }),
      );
    }
    const { makeStoryboard } = await import('./film/storyboard.js');
    const strip = this.#job.storyboard === true ? this.#output('storyboard.webp') : undefined;
    if (strip !== undefined) await this.#keep('storyboard', () => makeStoryboard(frame, this.#facts, strip));
  }

  async #lookAtSound(probe: MediaProbe, frame: FrameOptions): Promise<void> {
    const [{ hasCover, makeWaveform, soundFacts }, { makeCover }] = await Promise.all([
      import('./film/sound.js'),
      import('./film/cover.js'),
    ]);
    this.#facts = soundFacts(probe);
    const cover = this.#output('cover.webp');
    if (cover !== undefined && hasCover(probe)) await this.#keep('cover', () => makeCover(frame, cover));
    if (this.#job.hasWaveform !== true) this.#waveform = await this.#try('waveform', () => makeWaveform(frame));
  }

  async #makePlaceholder(): Promise<void> {
    const thumbnail = this.#derivatives.find(({ kind }) => kind === 'thumbnail');
    if (thumbnail === undefined || this.#placeholder !== undefined) return;
    this.#placeholder = await this.#try('placeholder', () => placeholderOf(thumbnail.path));
  }

  /** Makes copies of the file: smaller, or without metadata. */
  async #makeVersions(): Promise<void> {
    const { path, transcode: preset, stripMetadata: strips } = this.#job;
    const { ffmpeg, signal, workFolder, sizeBytes, onStart } = this.#options;
    const input = { binaries: ffmpeg, path, workFolder, signal, onStart, content: this.#content };
    const smaller = this.#output('small');
    if (preset !== undefined && smaller !== undefined) {
      const { transcode } = await import('./film/transcode.js');
      await this.#keep('transcode', () =>
        transcode({
          ...input,
          path: this.#readablePath ?? path,
          original: path,
          facts: this.#facts,
          preset,
          output: smaller,
          sizeBytes,
        }),
      );
    }
    const stripped = this.#output('stripped');
    if (strips === true && stripped !== undefined) {
      const { stripMetadata } = await import('./strip/strip-metadata.js');
      await this.#keep('strip', () =>
        stripMetadata({
          ...input,
          noFfmpeg: this.#options.noFfmpeg,
          readablePath: this.#readablePath,
          output: stripped,
        }),
      );
    }
  }

  /** Waits for memory if the job needs a considerable amount. */
  async #admit(facts: MediaFacts, how: Pick<CostOptions, 'isWhole' | 'asPng'>): Promise<void> {
    const { outputFolder, transcode } = this.#job;
    const { admit } = this.#options;
    if (admit === undefined || (outputFolder === undefined && how.asPng === undefined)) return;
    const makesCopy = outputFolder !== undefined && transcode !== undefined;
    const bytes = decodingCost({ content: this.#content, facts, makesCopy, ...how });
    if (bytes >= LEAST_COST_BYTES) await admit(bytes);
  }

  #output(ending: DerivativeEnding): string | undefined {
    const { outputFolder, name } = this.#job;
    return outputFolder === undefined ? undefined : join(outputFolder, `${name}.${ending}`);
  }

  async #keep(
    work: MediaProblem['work'],
    make: () => Promise<Derivative | readonly Derivative[] | undefined>,
  ): Promise<void> {
    const made = await this.#try(work, make);
    if (made !== undefined) this.#derivatives.push(...[made].flat());
  }

  async #try<T>(work: MediaProblem['work'], make: () => Promise<T>): Promise<T | undefined> {
    try {
      return await make();
    } catch (error) {
      this.#options.signal.throwIfAborted();
      const failure = isSystemError(error) ? fileError(error, 'use', error.path ?? this.#job.path) : error;
      this.#problems.push({ work, reason: errorMessage(failure) });
      return undefined;
    }
  }
}
