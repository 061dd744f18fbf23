import type { TlObject } from '../tl/tl-object.js';
import type { Fields, WorldBuilder } from '../world/world-builder.js';
import { memoryFile } from '../world/world-file.js';
import type { WorldFile } from '../world/world.js';
import type { Clip } from './clip.js';
import type { PictureSize } from '../world/media-store.js';
import type { Picture } from './picture.js';

const FOREIGN_DC_ID = 4;

/**
 * Makes TL `MessageMedia` of pictures, clips and files. Every third file is on another data centre, like files that
 * were sent from another region. Each call creates a new id, also for the same bytes.
 */
export class Attachments {
  readonly #world: WorldBuilder;
  #count = 0;

  constructor(world: WorldBuilder) {
    this.#world = world;
  }

  /** @param fields - Fields of the `messageMediaPhoto`: `{ spoiler: true }`, `{ ttl_seconds: 10 }`. */
  photo(picture: Picture, fields: Fields = {}): TlObject {
    return { _: 'messageMediaPhoto', photo: this.tlPhoto(picture), ...fields };
  }

  /** The TL `photo` alone, for web pages, games and chat photos. */
  tlPhoto(picture: Picture): TlObject {
    return this.#world.addPhoto({ sizes: picture.sizes, ...this.#origin() });
  }

  video(clip: Clip, fileName: string, fields: Fields = {}): TlObject {
    const attributes = [
      { ...videoAttribute(clip), supports_streaming: true },
      { _: 'documentAttributeFilename', file_name: fileName },
    ];
    return { _: 'messageMediaDocument', video: true, document: this.#clip(clip, attributes), ...fields };
  }

  round(clip: Clip, fields: Fields = {}): TlObject {
    const attributes = [{ ...videoAttribute(clip), round_message: true, supports_streaming: true }];
    return { _: 'messageMediaDocument', video: true, round: true, document: this.#clip(clip, attributes), ...fields };
  }

  voice(clip: Clip, fields: Fields = {}): TlObject {
    const audio = { _: 'documentAttributeAudio', voice: true, duration: Math.round(clip.durationSeconds) };
    const attributes = [{ ...audio, waveform: clip.waveform }];
    return { _: 'messageMediaDocument', voice: true, document: this.#clip(clip, attributes), ...fields };
  }

  song(clip: Clip, song: { readonly title: string; readonly performer: string }): TlObject {
    const duration = Math.round(clip.durationSeconds);
    const attributes = [
      { _: 'documentAttributeAudio', duration, title: song.title, performer: song.performer },
      { _: 'documentAttributeFilename', file_name: `${song.performer} - ${song.title}.mp3` },
    ];
    return { _: 'messageMediaDocument', document: this.#clip(clip, attributes) };
  }

  /** A short video without sound, which Telegram calls a GIF. */
  animation(clip: Clip): TlObject {
    const attributes = [
      { ...videoAttribute(clip), nosound: true, supports_streaming: true },
      { _: 'documentAttributeAnimated' },
      { _: 'documentAttributeFilename', file_name: 'animation.mp4' },
    ];
    return { _: 'messageMediaDocument', document: this.#clip(clip, attributes) };
  }

  /** Any document. Other attributes come before the file name. */
  file(options: FileOptions): TlObject {
    const { fileName, attributes = [], thumb, file, mimeType } = options;
    const name = fileName === undefined ? [] : [{ _: 'documentAttributeFilename', file_name: fileName }];
    const document = this.#world.addDocument({
      file,
      mimeType,
      attributes: [...attributes, ...name],
      ...(thumb && { thumbs: [thumb] }),
      ...this.#origin(),
    });
    return { _: 'messageMediaDocument', document, ...options.fields };
  }

  #clip(clip: Clip, attributes: readonly TlObject[]): TlObject {
    const { bytes, mimeType, thumb } = clip;
    const thumbs = thumb === undefined ? [] : [thumb];
    return this.#world.addDocument({ file: memoryFile(bytes), mimeType, attributes, thumbs, ...this.#origin() });
  }

  #origin(): { readonly dcId?: number; readonly date: number } {
    this.#count += 1;
    const date = 1_741_000_000 + this.#count * 3_600;
    return this.#count % 3 === 0 ? { dcId: FOREIGN_DC_ID, date } : { date };
  }
}

export interface FileOptions {
  readonly file: WorldFile;
  readonly mimeType: string;
  readonly fileName?: string;
  readonly attributes?: readonly TlObject[];
  readonly thumb?: PictureSize;
  /** Fields of the `messageMediaDocument`. */
  readonly fields?: Fields;
}

function videoAttribute({ durationSeconds, width, height }: Clip): TlObject {
  return { _: 'documentAttributeVideo', duration: durationSeconds, w: width, h: height };
}
