import { readFile } from 'node:fs/promises';

import sharp from 'sharp';

import type { Stage } from '../stage.js';

export interface HeicOptions {
  readonly columns: number;
  readonly rows: number;
  /** Pixels of a tile, a multiple of 16. The picture is stretched over no more than it covers. */
  readonly tile: number;
  /** Quarter turns against the clock that a viewer has to make. */
  readonly turns?: number;
  /** 0: top and bottom are exchanged; 1: left and right. */
  readonly mirror?: 0 | 1;
  /** As sharp gives it: behind `Exif`. */
  readonly exif?: Buffer;
  readonly profile?: Buffer;
}

/** Writes pictures as a telephone does: coded in HEVC, in tiles, with a directory (ISO/IEC 23008-12). */
export async function heicFile(stage: Stage, picture: Buffer, options: HeicOptions): Promise<Buffer> {
  const { columns, rows, tile, turns, mirror, exif, profile } = options;
  const { width, height } = await sharp(picture).metadata();
  const canvas = await sharp(picture)
    .extend({ right: columns * tile - width, bottom: rows * tile - height, extendWith: 'copy' })
    .png()
    .toBuffer();
  const tiles: HevcPicture[] = [];
  for (let index = 0; index < columns * rows; index += 1) {
    const [left, top] = [(index % columns) * tile, Math.floor(index / columns) * tile];
    const part = sharp(canvas).extract({ left, top, width: tile, height: tile });
    tiles.push(await hevcOf(stage, await part.png().toBuffer()));
  }
  const isGrid = tiles.length > 1;
  const primary = isGrid ? tiles.length + 1 : 1;
  const exifId = tiles.length + 2;
  const properties = [
    fullBox('ispe', 0, 0, uint(tile, 4), uint(tile, 4)),
    box('hvcC', tiles[0]?.configuration ?? Buffer.alloc(0)),
    fullBox('ispe', 0, 0, uint(width, 4), uint(height, 4)),
    box('irot', uint(turns ?? 0, 1)),
    ...(profile === undefined ? [] : [box('colr', Buffer.from('prof'), profile)]),
    ...(mirror === undefined ? [] : [box('imir', uint(mirror, 1))]),
  ];
  const shown = [4, ...properties.slice(4).map((_, index) => index + 5)];
  const associations = isGrid
    ? [...tiles.map((_, index) => [index + 1, [1, 2]] as const), [primary, [3, ...shown]] as const]
    : [[primary, [1, 2, ...shown]] as const];
  const types = [
    ...tiles.map((_, index) => [index + 1, 'hvc1'] as const),
    ...(isGrid ? [[primary, 'grid'] as const] : []),
    ...(exif === undefined ? [] : [[exifId, 'Exif'] as const]),
  ];
  // Six bytes stand before the TIFF, which sharp gives along.
  const blocks = [
    ...tiles.map(({ units }) => units),
    ...(exif === undefined ? [] : [Buffer.concat([uint(6, 4), exif])]),
  ];
  const head = box('ftyp', Buffer.from('heic'), uint(0, 4), Buffer.from('mif1heic'));
  const grid = Buffer.concat([uint(0, 2), uint(rows - 1, 1), uint(columns - 1, 1), uint(width, 2), uint(height, 2)]);
  const metaFrom = (dataStart: number): Buffer => {
    let offset = dataStart;
    const places = blocks.map((block, index) => {
      const id = index < tiles.length ? index + 1 : exifId;
      const place = Buffer.concat([
        uint(id, 2),
        uint(0, 2),
        uint(0, 2),
        uint(1, 2),
        uint(offset, 4),
        uint(block.length, 4),
      ]);
      offset += block.length;
      return place;
    });
    const gridPlace = [uint(primary, 2), uint(1, 2), uint(0, 2), uint(1, 2), uint(0, 4), uint(grid.length, 4)];
    if (isGrid) places.push(Buffer.concat(gridPlace));
    return fullBox(
      'meta',
      0,
      0,
      fullBox('hdlr', 0, 0, uint(0, 4), Buffer.from('pict'), Buffer.alloc(13)),
      fullBox('pitm', 0, 0, uint(primary, 2)),
      fullBox('iloc', 1, 0, uint(0x44, 1), uint(0, 1), uint(places.length, 2), ...places),
      fullBox(
        'iinf',
        0,
        0,
        uint(types.length, 2),
        ...types.map(([id, type]) => fullBox('infe', 2, 0, uint(id, 2), uint(0, 2), Buffer.from(`${type}\0`))),
      ),
      fullBox('iref', 0, 0, ...references({ tiles, primary, exifId, isGrid, hasExif: exif !== undefined })),
      box(
        'iprp',
        box('ipco', ...properties),
        fullBox(
          'ipma',
          0,
          0,
          uint(associations.length, 4),
          ...associations.map(([id, own]) => Buffer.concat([uint(id, 2), uint(own.length, 1), Buffer.from(own)])),
        ),
      ),
      ...(isGrid ? [box('idat', grid)] : []),
    );
  };
  const dataStart = head.length + metaFrom(0).length + 8;
  return Buffer.concat([head, metaFrom(dataStart), box('mdat', ...blocks)]);
}

function references({
  tiles,
  primary,
  exifId,
  isGrid,
  hasExif,
}: {
  readonly tiles: readonly HevcPicture[];
  readonly primary: number;
  readonly exifId: number;
  readonly isGrid: boolean;
  readonly hasExif: boolean;
}): readonly Buffer[] {
  const ids = tiles.map((_, index) => uint(index + 1, 2));
  return [
    ...(isGrid ? [box('dimg', uint(primary, 2), uint(ids.length, 2), ...ids)] : []),
    ...(hasExif ? [box('cdsc', uint(exifId, 2), uint(1, 2), uint(primary, 2))] : []),
  ];
}

interface HevcPicture {
  readonly configuration: Buffer;
  /** Each behind its length in four bytes. */
  readonly units: Buffer;
}

async function hevcOf(stage: Stage, png: Buffer): Promise<HevcPicture> {
  const source = await stage.put('tile.png', png);
  const path = await stage.make(
    'tile.hevc',
    ...['-i', `file:${source}`, '-frames:v', '1', '-pix_fmt', 'yuv420p'],
    ...['-c:v', 'libx265', '-x265-params', 'crf=2:log-level=error', '-f', 'hevc'],
  );
  const units = unitsOf(await readFile(path));
  const isParameters = (unit: Buffer): boolean => typeOf(unit) >= 32 && typeOf(unit) <= 34;
  const pictures = units.filter((unit) => typeOf(unit) < 32);
  return {
    configuration: configurationOf(units.filter(isParameters)),
    units: Buffer.concat(pictures.flatMap((unit) => [uint(unit.length, 4), unit])),
  };
}

function unitsOf(stream: Buffer): readonly Buffer[] {
  const starts: number[] = [];
  const code = Buffer.from([0, 0, 1]);
  for (let at = stream.indexOf(code); at >= 0; at = stream.indexOf(code, at + 3)) starts.push(at + 3);
  return starts.map((start, index) => {
    const next = starts[index + 1];
    let end = next === undefined ? stream.length : next - 3;
    while (end > start && stream[end - 1] === 0) end -= 1;
    return stream.subarray(start, end);
  });
}

function typeOf(unit: Buffer): number {
  return ((unit[0] ?? 0) >> 1) & 0x3f;
}

/** ISO/IEC 14496-15, section 8.3.2.1. */
function configurationOf(units: readonly Buffer[]): Buffer {
  const sequence = units.find((unit) => typeOf(unit) === 33) ?? Buffer.alloc(16);
  // Profile and level stand behind the unit's head and one byte, where bytes are put in to avoid start codes.
  const plain = Buffer.from(sequence.toString('hex').replaceAll(/((?:..)*?0000)03/g, '$1'), 'hex');
  const profile = plain.subarray(3, 15);
  return Buffer.concat([
    uint(1, 1),
    profile,
    Buffer.from([0xf0, 0, 0xfc, 0xfd, 0xf8, 0xf8, 0, 0, 0x0f]),
    uint(units.length, 1),
    ...units.flatMap((unit) => [uint(0x80 | typeOf(unit), 1), uint(1, 2), uint(unit.length, 2), unit]),
  ]);
}

export function box(type: string, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([uint(body.length + 8, 4), Buffer.from(type, 'latin1'), body]);
}

function fullBox(type: string, version: number, flags: number, ...content: readonly Buffer[]): Buffer {
  return box(type, uint(version, 1), uint(flags, 3), ...content);
}

function uint(value: number, byteCount: number): Buffer {
  const bytes = Buffer.alloc(byteCount);
  bytes.writeUIntBE(value, 0, byteCount);
  return bytes;
}
