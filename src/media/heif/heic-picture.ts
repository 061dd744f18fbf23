import { ChatferryError } from '../../errors/chatferry-error.js';
import { readExif } from '../image/exif.js';
import { HeifItems } from './heif-items.js';
import { type Box, BoxReader } from '../bytes/iso-boxes.js';
import type { MediaFacts } from '../../chat/description/media-facts.js';

/** A still picture encoded with HEVC, the format of phone cameras: in tiles of equal size, or in one piece. */
export interface HeicPicture {
  readonly columns: number;
  readonly rows: number;
  /** Pixels. */
  readonly tileWidth: number;
  readonly tileHeight: number;
  /** Displayed size in pixels, from the top left corner of the joined tiles, before rotation. */
  readonly width: number;
  readonly height: number;
  /** Degrees clockwise by which it is rotated for display, before mirroring. */
  readonly rotation: 0 | 90 | 180 | 270;
  /** The direction of mirroring. */
  readonly mirrored?: 'left and right' | 'top and bottom';
  /** The tiles row by row, as a byte stream (Recommendation ITU-T H.265, Annex B). */
  readonly stream: Buffer;
  /** For {@link readExif}. */
  readonly exif?: Buffer;
  /** ICC color profile. */
  readonly profile?: Buffer;
}

/** A phone photo of 48 megapixels has 192 tiles. */
const MOST_TILES = 1024;
const MOST_STREAM_BYTES = 64 * 1024 * 1024;
/** Pixels of all tiles together, which determine the memory for decoding. */
const MOST_PIXELS = 60_000_000;

/**
 * Extracts the HEVC stream of a HEIC photo for a video decoder. ffmpeg itself reads such files only since version 7, and yields
 * single tiles.
 *
 * @returns undefined where the primary picture has another codec.
 * @throws {ChatferryError} `CONTENT_MISMATCH` for a file that is truncated, inconsistent, or exceeds a limit.
 */
export async function readHeicPicture(path: string): Promise<HeicPicture | undefined> {
  await using items = await HeifItems.open(path);
  if (items === undefined) return undefined;
  const id = items.primaryId;
  const type = items.typeOf(id);
  const isGrid = type === 'grid';
  const tileIds = isGrid ? items.referencesOf(id, 'dimg') : [id];
  const [firstTile] = tileIds;
  if (firstTile === undefined || items.typeOf(firstTile) !== 'hvc1') return undefined;
  const tile = sizeOf(items, firstTile);
  const grid = isGrid ? readGrid(await items.bytesOf(id)) : { columns: 1, rows: 1, ...tile };
  check(tileIds, { tile, grid, items });
  const properties = items.propertiesOf(id);
  const exif = await exifOf(items);
  const profile = profileOf(properties) ?? profileOf(items.propertiesOf(firstTile));
  return {
    ...grid,
    tileWidth: tile.width,
    tileHeight: tile.height,
    rotation: rotationOf(properties),
    ...mirroringOf(properties),
    stream: await streamOf(items, tileIds),
    ...(exif === undefined ? {} : { exif }),
    ...(profile === undefined ? {} : { profile }),
  };
}

/** The facts that are known before decoding. */
export function readHeicFacts({ width, height, rotation, exif }: HeicPicture): MediaFacts {
  const isTurned = rotation === 90 || rotation === 270;
  return {
    width: isTurned ? height : width,
    height: isTurned ? width : height,
    ...(rotation === 0 ? {} : { rotation }),
    ...(exif === undefined ? {} : readExif(exif)),
  };
}

interface Size {
  readonly width: number;
  readonly height: number;
}

interface Grid extends Size {
  readonly columns: number;
  readonly rows: number;
}

function check(
  tileIds: readonly number[],
  { tile, grid, items }: { readonly tile: Size; readonly grid: Grid; readonly items: HeifItems },
): void {
  const { columns, rows, width, height } = grid;
  if (tileIds.length !== columns * rows) throw wrong(`${columns} × ${rows} tiles, and has ${tileIds.length}`);
  if (tileIds.length > MOST_TILES) throw wrong(`${tileIds.length} tiles, more than ${MOST_TILES}`);
  const [allWidth, allHeight] = [columns * tile.width, rows * tile.height];
  if (allWidth * allHeight > MOST_PIXELS) throw wrong(`${allWidth} × ${allHeight} pixels, more than ${MOST_PIXELS}`);
  if (width < 1 || height < 1 || width > allWidth || height > allHeight) {
    throw wrong(`${width} × ${height} pixels out of ${allWidth} × ${allHeight}`);
  }
  for (const id of tileIds) {
    const { width: ownWidth, height: ownHeight } = sizeOf(items, id);
    if (items.typeOf(id) !== 'hvc1' || ownWidth !== tile.width || ownHeight !== tile.height) {
      throw wrong('tiles of different kinds');
    }
  }
}

/** ISO/IEC 23008-12, section 6.6.2.3. */
function readGrid(bytes: Buffer): Grid {
  const reader = new BoxReader(bytes);
  reader.number(1);
  const ofSize = (reader.number(1) & 1) === 1 ? 4 : 2;
  const [rows, columns] = [reader.number(1) + 1, reader.number(1) + 1];
  const [width, height] = [reader.number(ofSize), reader.number(ofSize)];
  return { columns, rows, width, height };
}

function sizeOf(items: HeifItems, id: number): Size {
  const box = propertyOf(items.propertiesOf(id), 'ispe');
  if (box === undefined) throw wrong('a tile without a size');
  const reader = new BoxReader(box);
  reader.versionAndFlags();
  const [width, height] = [reader.number(4), reader.number(4)];
  if (width < 1 || height < 1) throw wrong('a tile without pixels');
  return { width, height };
}

/** Quarter turns counter-clockwise. */
function rotationOf(properties: readonly Box[]): HeicPicture['rotation'] {
  const turns = (propertyOf(properties, 'irot')?.[0] ?? 0) & 3;
  return (((4 - turns) % 4) * 90) as HeicPicture['rotation'];
}

function mirroringOf(properties: readonly Box[]): Pick<HeicPicture, 'mirrored'> {
  const mode = propertyOf(properties, 'imir')?.[0];
  if (mode === undefined) return {};
  return { mirrored: (mode & 1) === 0 ? 'top and bottom' : 'left and right' };
}

/** An ICC profile, unrestricted or restricted. */
function profileOf(properties: readonly Box[]): Buffer | undefined {
  const profiles = properties.filter(({ type }) => type === 'colr').map(({ body }) => body);
  const found = profiles.find((body) => ['prof', 'rICC'].includes(body.toString('latin1', 0, 4)));
  return found?.subarray(4);
}

/** After a number that gives the offset of the TIFF. */
async function exifOf(items: HeifItems): Promise<Buffer | undefined> {
  const id = items.idOf('Exif');
  if (id === undefined) return undefined;
  try {
    const reader = new BoxReader(await items.bytesOf(id));
    reader.take(reader.number(4));
    return Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), reader.rest()]);
  } catch {
    return undefined; // The picture can be decoded without it.
  }
}

async function streamOf(items: HeifItems, ids: readonly number[]): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let byteCount = 0;
  for (const id of ids) {
    const configuration = propertyOf(items.propertiesOf(id), 'hvcC');
    if (configuration === undefined) throw wrong('a tile that does not say how it is coded');
    const { lengthBytes, units } = readConfiguration(configuration);
    const reader = new BoxReader(await items.bytesOf(id));
    // The decoder restarts with each tile.
    const own = [...units];
    while (reader.rest().length > 0) own.push(reader.take(reader.number(lengthBytes)));
    for (const unit of own) {
      byteCount += START_CODE.length + unit.length;
      pieces.push(START_CODE, unit);
    }
    if (byteCount > MOST_STREAM_BYTES) throw wrong(`more than ${MOST_STREAM_BYTES} bytes of tiles`);
  }
  return Buffer.concat(pieces);
}

const START_CODE = Buffer.from([0, 0, 0, 1]);
/** Profile, level and format, which are in the units as well. */
const CONFIGURATION_HEAD_BYTES = 21;

/** ISO/IEC 14496-15, section 8.3.2.1: the size of the lengths before units, and the parameter sets of all tiles. */
function readConfiguration(body: Buffer): { readonly lengthBytes: number; readonly units: readonly Buffer[] } {
  const reader = new BoxReader(body);
  reader.take(CONFIGURATION_HEAD_BYTES);
  const lengthBytes = (reader.number(1) & 3) + 1;
  const units: Buffer[] = [];
  for (let arrays = reader.number(1); arrays > 0; arrays -= 1) {
    reader.number(1);
    for (let left = reader.number(2); left > 0; left -= 1) units.push(reader.take(reader.number(2)));
  }
  return { lengthBytes, units };
}

function propertyOf(properties: readonly Box[], type: string): Buffer | undefined {
  return properties.find((property) => property.type === type)?.body;
}

function wrong(what: string): ChatferryError {
  return new ChatferryError('CONTENT_MISMATCH', `The HEIC picture has ${what}.`);
}
