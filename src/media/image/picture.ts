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
  /** Undefined where there is none: pictures that only it reads are then refused. */
  readonly ffmpeg: FfmpegBinaries | undefined;
  /** Said where there is none and it is needed. @defaultValue that it should be installed */
  readonly noFfmpeg?: string | undefined;
  /** An existing folder for what ffmpeg makes. */
  readonly workFolder: string;
  readonly signal: AbortSignal;
  readonly onStart?: (pid: number) => void;
  /**
   * Pixels of the longer side that are enough, of pictures that ffmpeg reads in pieces: to make less of them than they are
   * takes a third of the memory.
   *
   * @defaultValue as large as it is
   */
  readonly mostSide?: number;
  /** Waits until ffmpeg may make a PNG of a picture of that size. @defaultValue at once */
  readonly admit?: (dimensions: Dimensions, asPng: 'full' | 'scaled') => Promise<void>;
  /** Told what is known before anything is decoded, which may fail. */
  readonly onFacts?: (facts: MediaFacts) => void;
}

/** Pixels. */
interface Dimensions {
  readonly width?: number;
  readonly height?: number;
}

/** A picture that can be decoded, and what is known of it. */
export interface OpenedPicture {
  readonly image: Image;
  readonly facts: MediaFacts;
  /** What ffmpeg has made of it, in the work folder, where nothing else reads it. */
  readonly readablePath?: string;
}

/** Whether ffmpeg may have to read a picture. */
export function mayNeedFfmpeg(content: ContentKind): boolean {
  return isForeignPicture(content) || content.extension === 'avif';
}

/**
 * Opens a picture of any kind that can be shown, by ffmpeg where nothing else reads it.
 *
 * @throws {ChatferryError} `CONTENT_MISMATCH` for what is no picture, or too large; `MISSING_PROGRAM` without ffmpeg,
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
      // An AVIF may be nothing but a film of a few frames.
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
  // Undefined for what is something else in a container of the same kind.
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

/** Empty where ffprobe cannot tell, and ffmpeg will say so. */
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

/** ffmpeg leaves out the profile of some kinds. Where it has one in, that is of the pixels as it has written them. */
async function giveProfile(path: string, profile: Buffer): Promise<void> {
  const png = await readWhole(path);
  if (!png.subarray(0, png.indexOf('IDAT')).includes('iCCP')) await writeOwnFile(path, withProfile(png, profile));
}
