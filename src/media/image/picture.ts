import { writeOwnFile } from '../../disk/own-file.js';
import { readWhole } from '../../disk/read-file.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import { FileBytes } from '../bytes/byte-source.js';
import type { ContentKind } from '../../chat/description/content-kind.js';
import { type FfmpegBinaries, NO_FFMPEG } from '../ffmpeg/ffmpeg-binaries.js';
import { isForeignPicture, isHeif } from './foreign-picture.js';
import { Image } from './image.js';
import type { MediaFacts } from '../../chat/description/media-facts.js';
import { type PictureMetadata, readPictureMetadata } from './picture-metadata.js';
import { withProfile } from './png-profile.js';

export interface PictureOptions {
  readonly path: string;
  readonly content: ContentKind;
  /** Undefined where there is none: pictures that need ffmpeg are then refused. */
  readonly ffmpeg: FfmpegBinaries | undefined;
  /** The problem text where ffmpeg is needed and missing. @defaultValue to install it */
  readonly noFfmpeg?: string | undefined;
  /** An existing folder for the output of ffmpeg. */
  readonly workFolder: string;
  readonly signal: AbortSignal;
  readonly onStart?: (pid: number) => void;
  /**
   * The longer side in pixels that is needed, for pictures that ffmpeg decodes in tiles. Scaling them down takes a third of the
   * memory.
   *
   * @defaultValue full size
   */
  readonly mostSide?: number;
  /** Waits until ffmpeg may make a PNG of a picture of that size. @defaultValue does not wait */
  readonly admit?: (dimensions: Dimensions, asPng: 'full' | 'scaled') => Promise<void>;
  /** Called with the facts that are known before decoding, which may fail. */
  readonly onFacts?: (facts: MediaFacts) => void;
}

/** Pixels. */
interface Dimensions {
  readonly width?: number;
  readonly height?: number;
}

/** A picture that can be decoded, and its facts. */
export interface OpenedPicture {
  readonly image: Image;
  readonly facts: MediaFacts;
  /** The file that ffmpeg has converted it to, in the work folder, where nothing else decodes it. */
  readonly readablePath?: string;
}

/** Whether a picture may need ffmpeg. */
export function mayNeedFfmpeg(content: ContentKind): boolean {
  return isForeignPicture(content) || content.extension === 'avif';
}

/**
 * Opens a picture of any supported format, with ffmpeg where nothing else decodes it.
 *
 * @throws {ChatferryError} `CONTENT_MISMATCH` if it is no picture, or too large; `MISSING_PROGRAM` without ffmpeg,
 *   `TIMEOUT`.
 */
export async function openPicture(options: PictureOptions): Promise<OpenedPicture> {
  const { path, content } = options;
  const metadata = metadataOf(path, content);
  const { profile, ...facts } = metadata;
  options.onFacts?.(facts);
  if (!isForeignPicture(content)) {
    try {
      const image = await Image.open(path, { isSvg: content.extension === 'svg' });
      return { image, facts: { ...image.facts, ...facts } };
    } catch (error) {
      // An AVIF may consist of an image sequence only.
      if (!mayNeedFfmpeg(content) || facts.isAnimated !== true || options.ffmpeg === undefined) throw error;
    }
  }
  const { readablePath, facts: ownFacts } = await readForeign(options, profile);
  const image = await Image.open(readablePath);
  return { image, facts: { ...image.facts, ...facts, ...ownFacts }, readablePath };
}

function metadataOf(path: string, { extension }: ContentKind): PictureMetadata {
  using source = new FileBytes(path);
  return readPictureMetadata(source, extension);
}

async function readForeign(
  {
    path,
    content,
    ffmpeg,
    noFfmpeg = NO_FFMPEG,
    signal,
    workFolder,
    onStart,
    onFacts,
    mostSide,
    admit,
  }: PictureOptions,
  profile: Buffer | undefined,
): Promise<{ readonly readablePath: string; readonly facts: MediaFacts }> {
  const { readHeicFacts, readHeicPicture } = await import('../heif/heic-picture.js');
  // Undefined for other content in the same container.
  const heic = isHeif(content) ? await readHeicPicture(path) : undefined;
  const heicFacts = heic === undefined ? {} : readHeicFacts(heic);
  if (heic !== undefined) onFacts?.(heicFacts);
  if (ffmpeg === undefined) throw new ChatferryError('MISSING_PROGRAM', noFfmpeg);
  const frame = { binaries: ffmpeg, path, workFolder, signal, onStart };
  if (heic !== undefined) {
    const { takeHeicFrame } = await import('../heif/heic-frame.js');
    const all = { width: heic.columns * heic.tileWidth, height: heic.rows * heic.tileHeight };
    await admit?.(all, mostSide === undefined ? 'full' : 'scaled');
    return { readablePath: await takeHeicFrame(frame, heic, mostSide), facts: heicFacts };
  }
  const { takeFrame } = await import('../film/film.js');
  if (admit !== undefined) await admit(await dimensionsOf(ffmpeg, path, signal), 'full');
  const readablePath = await takeFrame(frame);
  if (profile !== undefined) await giveProfile(readablePath, profile);
  return { readablePath, facts: {} };
}

/** Empty where ffprobe fails: ffmpeg will report the error. */
async function dimensionsOf(ffmpeg: FfmpegBinaries, path: string, signal: AbortSignal): Promise<Dimensions> {
  const { probeMedia } = await import('../ffmpeg/ffprobe.js');
  try {
    const [stream] = (await probeMedia(ffmpeg, path, { signal })).streams;
    const { width, height } = stream ?? {};
    return width === undefined || height === undefined ? {} : { width, height };
  } catch {
    signal.throwIfAborted();
    return {};
  }
}

/** ffmpeg drops the profile of some formats. If it writes one, that matches the pixels that it has written. */
async function giveProfile(path: string, profile: Buffer): Promise<void> {
  const png = await readWhole(path);
  if (!png.subarray(0, png.indexOf('IDAT')).includes('iCCP')) await writeOwnFile(path, withProfile(png, profile));
}
