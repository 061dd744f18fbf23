import { SeededRandom } from './seeded-random.js';
import type { TlObject } from '../tl/tl-object.js';
import type { CdnCopy, WorldFile } from './world.js';

/** One size of a photo, or the thumbnail of a document. */
export interface PictureSize {
  /** Telegram's letter for the size: `m` 320, `x` 800, `y` 1280 pixels on the longer side. */
  readonly type: string;
  readonly width: number;
  readonly height: number;
  readonly file: WorldFile;
  /**
   * For a progressive JPEG: the lengths of prefixes that can be displayed, in ascending order. The length of the whole
   * file is added to them.
   */
  readonly passBytes?: readonly number[];
}

export interface PhotoSpec {
  /** Smallest first. */
  readonly sizes: readonly PictureSize[];
  /** Unix time, in seconds. */
  readonly date?: number;
  /** @defaultValue the store's home DC */
  readonly dcId?: number;
  /** The bytes of a tiny blurred preview (`photoStrippedSize`). */
  readonly stripped?: Uint8Array;
  /** Animated versions, as profile photos have them: MP4, with the letter `u` or `v`. */
  readonly videos?: readonly PictureSize[];
  /** The CDN that also has the sizes. */
  readonly cdn?: Omit<CdnCopy, 'file'>;
}

export interface DocumentSpec {
  readonly file: WorldFile;
  readonly mimeType: string;
  /** TL `DocumentAttribute`s. */
  readonly attributes: readonly TlObject[];
  readonly thumbs?: readonly PictureSize[];
  /** Unix time, in seconds. */
  readonly date?: number;
  /** @defaultValue the store's home DC */
  readonly dcId?: number;
  /** The CDN that also has the file. */
  readonly cdn?: CdnCopy;
}

/** Telegram's ids contain the data centre, a time and a random number. Here they are only random, and smaller. */
const ID_BASE = 5_000_000_000_000_000_000n;

/**
 * The photos and documents of a world: makes their TL objects and stores their bytes. Ids and access hashes depend on
 * the seed and the order of the calls.
 */
export class MediaStore {
  readonly #random: SeededRandom;
  readonly #homeDcId: number;
  readonly #files = new Map<string, WorldFile>();
  readonly #cdnCopies = new Map<string, CdnCopy>();
  readonly #objects = new Map<string, TlObject>();

  constructor({ seed, homeDcId }: { readonly seed: number; readonly homeDcId: number }) {
    this.#random = new SeededRandom(seed);
    this.#homeDcId = homeDcId;
  }

  /** Makes a TL `photo`. If the same bytes are added again, they get another id. */
  addPhoto({ sizes, videos = [], date = 0, dcId = this.#homeDcId, stripped, cdn }: PhotoSpec): TlObject {
    const id = this.#nextId();
    if (cdn !== undefined) for (const { type } of sizes) this.#cdnCopies.set(fileKey('photo', id, type), cdn);
    for (const { type, file } of [...sizes, ...videos]) this.#files.set(fileKey('photo', id, type), file);
    const blurred: readonly TlObject[] =
      stripped === undefined ? [] : [{ _: 'photoStrippedSize', type: 'i', bytes: stripped }];
    return this.#keep('photo', {
      _: 'photo',
      id,
      access_hash: this.#random.long(),
      file_reference: new Uint8Array(0),
      date,
      sizes: [...blurred, ...sizes.map(photoSize)],
      ...(videos.length > 0 && { video_sizes: videos.map(videoSize) }),
      dc_id: dcId,
    });
  }

  /** Makes a TL `document`. If the same bytes are added again, they get another id. */
  addDocument({
    file,
    mimeType,
    attributes,
    thumbs = [],
    date = 0,
    dcId = this.#homeDcId,
    cdn,
  }: DocumentSpec): TlObject {
    const id = this.#nextId();
    if (cdn !== undefined) this.#cdnCopies.set(fileKey('document', id), cdn);
    this.#files.set(fileKey('document', id), file);
    for (const thumb of thumbs) this.#files.set(fileKey('document', id, thumb.type), thumb.file);
    return this.#keep('document', {
      _: 'document',
      id,
      access_hash: this.#random.long(),
      file_reference: new Uint8Array(0),
      date,
      mime_type: mimeType,
      size: BigInt(file.sizeBytes),
      ...(thumbs.length > 0 && { thumbs: thumbs.map(photoSize) }),
      dc_id: dcId,
      attributes,
    });
  }

  /** The bytes of a document, of one size of a photo, or of a document's thumbnail. */
  file(kind: 'photo' | 'document', id: bigint, size?: string): WorldFile | undefined {
    // An empty size also means the document itself.
    return this.#files.get(fileKey(kind, id, size === '' ? undefined : size));
  }

  /** The copy that a CDN data centre has. */
  cdnCopy(kind: 'photo' | 'document', id: bigint, size?: string): CdnCopy | undefined {
    return this.#cdnCopies.get(fileKey(kind, id, size === '' ? undefined : size));
  }

  /** The TL `photo` or `document` itself. */
  object(kind: 'photo' | 'document', id: bigint): TlObject | undefined {
    return this.#objects.get(fileKey(kind, id));
  }

  #keep(kind: 'photo' | 'document', object: TlObject & { readonly id: bigint }): TlObject {
    this.#objects.set(fileKey(kind, object.id), object);
    return object;
  }

  #nextId(): bigint {
    return ID_BASE + BigInt.asUintN(56, this.#random.long());
  }
}

function photoSize({ type, width, height, file, passBytes }: PictureSize): TlObject {
  const what = { type, w: width, h: height };
  return passBytes === undefined
    ? { _: 'photoSize', ...what, size: file.sizeBytes }
    : { _: 'photoSizeProgressive', ...what, sizes: [...passBytes, file.sizeBytes] };
}

function videoSize({ type, width, height, file }: PictureSize): TlObject {
  return { _: 'videoSize', type, w: width, h: height, size: file.sizeBytes };
}

function fileKey(kind: string, id: bigint, size?: string): string {
  return size === undefined ? `${kind}:${id}` : `${kind}:${id}:${size}`;
}
