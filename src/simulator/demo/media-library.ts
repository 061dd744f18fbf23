import { isChatferryError, errorMessage } from '../../errors/chatferry-error.js';
import type { FfmpegBinaries } from '../../media/ffmpeg/ffmpeg-binaries.js';
import { ClipMaker, type Clip } from './clip.js';
import { pictureSeed, renderPicture, type Picture } from './picture.js';
import type { SceneKind } from './scene-svg.js';
import { speech, tune } from './sound.js';
import { boatGif, stickerPng, stickerTgs, stickerThumb, stickerWebp, type StickerFace } from './sticker.js';

/** All pictures, videos and audio files of the demo world, made once at its start. */
export interface MediaLibrary {
  /** @param key - Kind and number: `harbour-1`. @throws {RangeError} if there is none. */
  picture(key: string): Picture;
  /** Undefined if it could not be made, as without ffmpeg. @param key - Its purpose: `regatta`, `voice-1`. */
  clip(key: string): Clip | undefined;
  readonly gif: Uint8Array;
  /** An animated sticker. */
  readonly tgs: Uint8Array;
  readonly webp: Readonly<Record<StickerFace, Uint8Array>>;
  /** The thumbnail of an animated sticker. */
  readonly stickerThumb: Uint8Array;
  /** Sentences for people: what could not be made and why. */
  readonly notes: readonly string[];
}

export interface MediaLibraryOptions {
  readonly seed: number;
  /** Undefined makes no clips. */
  readonly ffmpeg: FfmpegBinaries | undefined;
  /** Makes pictures of half the size. */
  readonly smaller: boolean;
  readonly signal?: AbortSignal;
}

/** Number of pictures of each kind. */
const PICTURE_COUNTS: Readonly<Record<SceneKind, number>> = {
  harbour: 10,
  sail: 9,
  mountain: 5,
  city: 4,
  table: 9,
  garden: 6,
  screen: 3,
};

const SHAPE_CYCLE = ['landscape', 'landscape', 'landscape', 'portrait', 'landscape', 'square'] as const;

/** Concurrent ffmpeg processes. Most machines can spare two cores. */
const CLIPS_AT_ONCE = 2;
/** Concurrent pictures: enough to keep the render threads busy. More queued work would delay the end of the program. */
const PICTURES_AT_ONCE = 4;

/** The songs' titles and performers, for their tags and messages. */
export const SONGS: Readonly<Record<string, { readonly title: string; readonly performer: string }>> = {
  'song-1': { title: 'Low Water Waltz', performer: 'The Harbour Crew' },
  'song-2': { title: 'Ветер с моря', performer: 'Олена Коваль' },
};

/** Renders the pictures and, if ffmpeg is available, the clips. A clip that fails is omitted and noted. */
export async function createMediaLibrary({
  seed,
  ffmpeg,
  smaller,
  signal,
}: MediaLibraryOptions): Promise<MediaLibrary> {
  const pictures = new Map<string, Picture>();
  const kinds = Object.entries(PICTURE_COUNTS) as [SceneKind, number][];
  const waiting = kinds
    .flatMap(([kind, count], kindIndex) => Array.from({ length: count }, (_, index) => ({ kind, kindIndex, index })))
    .values();

  async function work(): Promise<void> {
    for (const { kind, kindIndex, index } of waiting) {
      signal?.throwIfAborted();
      const shape = SHAPE_CYCLE[(index + kindIndex) % SHAPE_CYCLE.length] ?? 'landscape';
      const options = { kind, shape, smaller, seed: pictureSeed(seed, kindIndex * 100 + index) };
      pictures.set(`${kind}-${index + 1}`, await renderPicture(options));
    }
  }
  await Promise.all(Array.from({ length: PICTURES_AT_ONCE }, work));
  signal?.throwIfAborted();
  const stickers = [stickerWebp('gull'), stickerWebp('fish'), stickerWebp('anchor')] as const;
  const [gif, thumb, gull, fish, anchor] = await Promise.all([boatGif(), stickerThumb('anchor'), ...stickers]);

  const picture = (key: string): Picture => {
    const found = pictures.get(key);
    if (found === undefined) throw new RangeError(`there is no picture "${key}" in the demo world`);
    return found;
  };
  const { clips, notes } =
    ffmpeg === undefined
      ? { clips: new Map<string, Clip>(), notes: [NO_FFMPEG] }
      : await makeClips(ffmpeg, picture, signal);
  return {
    picture,
    clip: (key) => clips.get(key),
    gif,
    tgs: stickerTgs(),
    webp: { gull, fish, anchor },
    stickerThumb: thumb,
    notes,
  };
}

const NO_FFMPEG =
  'There is no ffmpeg, so this world has no videos, voice notes, songs or video stickers. Install ffmpeg, or set FFMPEG_PATH.';

type ClipJob = (maker: ClipMaker) => Promise<Clip>;

function clipJobs(picture: (key: string) => Picture): [string, ClipJob][] {
  const jobs: [string, ClipJob][] = [
    [
      'regatta',
      (maker) =>
        maker.video({ picture: picture('harbour-2'), width: 640, height: 360, durationSeconds: 6, sound: tune(11, 6) }),
    ],
    [
      'garden-walk',
      (maker) =>
        maker.video({
          picture: picture('garden-2'),
          width: 360,
          height: 640,
          durationSeconds: 4,
          sound: speech(12, 4),
        }),
    ],
    [
      'first-sail',
      (maker) =>
        maker.video({ picture: picture('sail-1'), width: 480, height: 270, durationSeconds: 5, sound: speech(13, 5) }),
    ],
    ['bread', (maker) => maker.video({ picture: picture('table-3'), width: 480, height: 320, durationSeconds: 3 })],
    ['round-1', (maker) => maker.round(picture('sail-2'), 4)],
    ['round-2', (maker) => maker.round(picture('table-1'), 3)],
    ['loop-1', (maker) => maker.video({ picture: picture('sail-4'), width: 320, height: 240, durationSeconds: 2 })],
    ['loop-2', (maker) => maker.video({ picture: picture('city-1'), width: 320, height: 180, durationSeconds: 2 })],
    ['video-sticker', async (maker) => maker.videoSticker(await stickerPng('gull'), 1.5)],
  ];
  for (const [index, seconds] of [4, 9, 2, 14, 6].entries()) {
    jobs.push([`voice-${index + 1}`, (maker) => maker.voice(speech(20 + index, seconds))]);
  }
  for (const [index, [key, song]] of Object.entries(SONGS).entries()) {
    const cover = picture(`garden-${index + 3}`);
    const tags = { ...song, album: 'Songs of the Jetty', cover };
    jobs.push([key, (maker) => maker.song({ sound: tune(30 + index, 10 + index * 4), ...tags })]);
  }
  return jobs;
}

async function makeClips(
  ffmpeg: FfmpegBinaries,
  picture: (key: string) => Picture,
  signal: AbortSignal | undefined,
): Promise<{ readonly clips: ReadonlyMap<string, Clip>; readonly notes: readonly string[] }> {
  const clips = new Map<string, Clip>();
  const notes: string[] = [];
  await using maker = await ClipMaker.create(ffmpeg, signal);
  const waiting = clipJobs(picture).values();

  async function work(): Promise<void> {
    for (const [key, job] of waiting) {
      try {
        clips.set(key, await job(maker));
      } catch (error) {
        // If ffmpeg lacks an encoder, only the clips that need it are omitted.
        if (!isChatferryError(error, 'CONTENT_MISMATCH', 'TIMEOUT', 'MISSING_PROGRAM')) throw error;
        notes.push(`The clip "${key}" is omitted. ${errorMessage(error)}`);
      }
    }
  }
  await Promise.all(Array.from({ length: CLIPS_AT_ONCE }, work));
  return { clips, notes };
}
