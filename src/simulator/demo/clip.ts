import { join } from 'node:path';

import sharp from 'sharp';

import { writeOwnFile } from '../../disk/own-file.js';
import { PrivateFolder } from '../../disk/private-folder.js';
import { readWhole } from '../../disk/read-file.js';
import type { FfmpegBinaries } from '../../media/ffmpeg/ffmpeg-binaries.js';
import { runFfmpeg, type FfmpegInput } from '../../media/ffmpeg/ffmpeg.js';
import { memoryFile } from '../world/world-file.js';
import type { PictureSize } from '../world/media-store.js';
import type { Picture } from './picture.js';
import { SAMPLE_RATE, speech, waveformOf, type Sound } from './sound.js';

/** An audio or video file, with what Telegram says about it. */
export interface Clip {
  readonly bytes: Uint8Array;
  readonly mimeType: string;
  readonly durationSeconds: number;
  /** Pixels; 0 for audio. */
  readonly width: number;
  /** Pixels; 0 for audio. */
  readonly height: number;
  readonly waveform?: Uint8Array;
  readonly thumb?: PictureSize;
}

export interface VideoOptions {
  /** The video pans across this picture. */
  readonly picture: Picture;
  /** Pixels, even. */
  readonly width: number;
  /** Pixels, even. */
  readonly height: number;
  readonly durationSeconds: number;
  readonly sound?: Sound;
}

export interface SongOptions {
  readonly sound: Sound;
  readonly cover: Picture;
  readonly title: string;
  readonly performer: string;
  readonly album: string;
}

// Writes no encoder version and no date, so that the same input results in the same bytes.
const EXACT = ['-map_metadata', '-1', '-fflags', '+bitexact', '-flags:v', '+bitexact', '-flags:a', '+bitexact'];
const FRAME_RATE = 12;

/**
 * Makes clips with ffmpeg, in a temporary folder that is removed when the maker is disposed. Its arguments work with
 * ffmpeg 4 to 9: there are no `lavfi` inputs; pictures and raw audio come from files.
 */
export class ClipMaker implements AsyncDisposable {
  readonly #binaries: FfmpegBinaries;
  readonly #directory: PrivateFolder;
  readonly #signal: AbortSignal | undefined;
  #fileCount = 0;

  private constructor(binaries: FfmpegBinaries, directory: PrivateFolder, signal: AbortSignal | undefined) {
    this.#binaries = binaries;
    this.#directory = directory;
    this.#signal = signal;
  }

  static async create(binaries: FfmpegBinaries, signal?: AbortSignal): Promise<ClipMaker> {
    return new ClipMaker(binaries, await PrivateFolder.make('chatferry-clips-'), signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#directory.remove();
  }

  /** An H.264 video, with AAC if there is sound. */
  async video(options: VideoOptions): Promise<Clip> {
    const { width, height, durationSeconds, sound } = options;
    const inputs = [await this.#still(options.picture.jpeg, durationSeconds)];
    if (sound !== undefined) inputs.push(await this.#raw(sound));
    const bytes = await this.#make('mp4', inputs, [
      ...['-vf', `${pan(options)},format=yuv420p`, '-t', String(durationSeconds)],
      ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '30'],
      ...(sound === undefined ? ['-an'] : ['-c:a', 'aac', '-b:a', '48k']),
      ...['-movflags', '+faststart'],
    ]);
    return { bytes, mimeType: 'video/mp4', durationSeconds, width, height, thumb: await thumbOf(options) };
  }

  /** A round video message of 240 pixels, with a voice. */
  async round(picture: Picture, durationSeconds: number): Promise<Clip> {
    return this.video({
      picture,
      width: 240,
      height: 240,
      durationSeconds,
      sound: speech(durationSeconds, durationSeconds),
    });
  }

  /** An Opus voice note in Ogg, with its waveform. */
  async voice(sound: Sound): Promise<Clip> {
    const bytes = await this.#make('ogg', [await this.#raw(sound)], ['-c:a', 'libopus', '-b:a', '24k']);
    const { durationSeconds } = sound;
    return { bytes, mimeType: 'audio/ogg', durationSeconds, width: 0, height: 0, waveform: waveformOf(sound) };
  }

  /** An MP3 with ID3 tags and a cover. */
  async song({ sound, cover, title, performer, album }: SongOptions): Promise<Clip> {
    const small = cover.sizes[0];
    if (small === undefined) throw new RangeError('cover must have a size, got none');
    const jpeg = await this.#keep('jpg', small.file.read(0, small.file.sizeBytes));
    const bytes = await this.#make(
      'mp3',
      [await this.#raw(sound), { path: jpeg }],
      [
        ...['-map', '0:a', '-map', '1:v', '-c:v', 'copy', '-disposition:v', 'attached_pic'],
        ...['-c:a', 'libmp3lame', '-b:a', '96k', '-id3v2_version', '3'],
        ...['-metadata', `title=${title}`, '-metadata', `artist=${performer}`, '-metadata', `album=${album}`],
      ],
    );
    const { durationSeconds } = sound;
    return { bytes, mimeType: 'audio/mpeg', durationSeconds, width: 0, height: 0, thumb: small };
  }

  /** A video sticker: VP9 with transparency, 512 pixels. The image sways. @param image - A PNG with transparency. */
  async videoSticker(image: Uint8Array, durationSeconds: number): Promise<Clip> {
    const bytes = await this.#make(
      'webm',
      [await this.#still(image, durationSeconds)],
      [
        ...['-vf', 'format=rgba,rotate=0.25*sin(2*PI*t):c=black@0,scale=512:512,format=yuva420p'],
        ...['-t', String(durationSeconds), '-c:v', 'libvpx-vp9', '-auto-alt-ref', '0', '-b:v', '0', '-crf', '45'],
        ...['-deadline', 'realtime', '-cpu-used', '8', '-an'],
      ],
    );
    return { bytes, mimeType: 'video/webm', durationSeconds, width: 512, height: 512 };
  }

  /** A video input that repeats one picture. */
  async #still(image: Uint8Array, durationSeconds: number): Promise<FfmpegInput> {
    const path = await this.#keep(image[0] === 0x89 ? 'png' : 'jpg', image);
    const loop = ['-loop', '1', '-framerate', String(FRAME_RATE), '-t', String(durationSeconds)];
    return { path, arguments: ['-f', 'image2', '-pattern_type', 'none', ...loop] };
  }

  async #raw({ pcm }: Sound): Promise<FfmpegInput> {
    return { path: await this.#keep('raw', pcm), arguments: ['-f', 's16le', '-ar', String(SAMPLE_RATE), '-ac', '1'] };
  }

  async #keep(extension: string, bytes: Uint8Array): Promise<string> {
    const path = this.#path(extension);
    await writeOwnFile(path, bytes);
    return path;
  }

  async #make(extension: string, inputs: readonly FfmpegInput[], options: readonly string[]): Promise<Uint8Array> {
    const output = this.#path(extension);
    await runFfmpeg(this.#binaries, {
      inputs,
      // The tags must follow the option that clears metadata; otherwise they would be cleared as well.
      arguments: [...EXACT, ...options],
      output,
      timeoutMs: 60_000,
      ...(this.#signal && { signal: this.#signal }),
    });
    return readWhole(output);
  }

  #path(extension: string): string {
    this.#fileCount += 1;
    return join(this.#directory.path, `${this.#fileCount}.${extension}`);
  }
}

/** A filter that pans across the picture, from one side to the other. */
function pan({ picture, width, height, durationSeconds }: VideoOptions): string {
  const zoom = Math.max(width / picture.width, height / picture.height) * 1.3;
  const w = Math.ceil((picture.width * zoom) / 2) * 2;
  const h = Math.ceil((picture.height * zoom) / 2) * 2;
  return `scale=${w}:${h},crop=${width}:${height}:(iw-ow)*t/${durationSeconds}:(ih-oh)/2`;
}

async function thumbOf({ picture, width, height }: VideoOptions): Promise<PictureSize> {
  const scale = 320 / Math.max(width, height);
  const made = await sharp(picture.jpeg)
    .resize({ width: Math.round(width * scale), height: Math.round(height * scale), fit: 'cover' })
    .jpeg({ quality: 60 })
    .toBuffer({ resolveWithObject: true });
  return { type: 'm', width: made.info.width, height: made.info.height, file: memoryFile(made.data) };
}
