import { describe, expect, it } from 'vitest';

import { MemoryBytes } from '../../../src/media/bytes/byte-source.js';
import { bareJpegXl } from '../../../src/media/strip/boxed-picture.js';
import { bareHevcConfiguration, blankAv1Metadata, blankHevcSupplements } from '../../../src/media/strip/coded-units.js';
import { blocksOf } from '../../../src/media/strip/pieces.js';
import { box } from '../heif/heic-file.js';

const PLANTED = Buffer.from('GEHEIM');

/** A unit of HEVC behind its length of four bytes. */
function unit(type: number, body: Buffer): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(4), Buffer.from([type << 1, 1]), body]);
  bytes.writeUInt32BE(bytes.length - 4);
  return bytes;
}

describe('units of HEVC', () => {
  it.each([39, 40])('that say something beside the picture become filling, and the others stay: type %i', (type) => {
    const picture = unit(19, Buffer.concat([PLANTED, Buffer.from([0x80])]));
    const coded = Buffer.concat([
      unit(type, Buffer.concat([Buffer.from([5, 6]), PLANTED, Buffer.from([0x80])])),
      picture,
    ]);
    const before = coded.length;
    blankHevcSupplements(coded, 4);
    expect(coded).toHaveLength(before);
    const [filling, rest] = [coded.subarray(0, before - picture.length), coded.subarray(before - picture.length)];
    expect(filling.includes(PLANTED)).toBe(false);
    expect((filling[4] ?? 0) >> 1).toBe(38); // H.265, table 7-1: filler data.
    expect(filling.at(-1)).toBe(0x80);
    expect(rest).toEqual(picture);
  });

  it('in a configuration are left out with their array, and the others stay', () => {
    const array = (type: number, body: Buffer): Buffer =>
      Buffer.concat([Buffer.from([type, 0, 1, 0, body.length]), body]);
    const head = Buffer.alloc(22, 1);
    const parameters = [32, 33, 34].map((type) => array(type, Buffer.from([type << 1, 1, 7])));
    const full = Buffer.concat([head, Buffer.from([4]), ...parameters, array(39, PLANTED)]);
    expect(bareHevcConfiguration(full)).toEqual(Buffer.concat([head, Buffer.from([3]), ...parameters]));
  });
});

describe('units of AV1', () => {
  it('that say something beside the picture become padding, and the others stay', () => {
    const sized = (type: number, body: Buffer): Buffer =>
      Buffer.concat([Buffer.from([(type << 3) | 2, body.length]), body]);
    const [sequence, picture] = [sized(1, Buffer.from([1, 2, 3])), sized(6, PLANTED)];
    const coded = Buffer.concat([sequence, sized(5, Buffer.concat([Buffer.from([4]), PLANTED])), picture]);
    blankAv1Metadata(coded);
    expect(coded.subarray(0, sequence.length)).toEqual(sequence);
    expect(coded.subarray(-picture.length)).toEqual(picture);
    const padding = coded.subarray(sequence.length, -picture.length);
    expect((padding[0] ?? 0) >> 3).toBe(15); // OBU_PADDING
    expect(padding.includes(PLANTED)).toBe(false);
  });
});

describe('a JPEG XL', () => {
  it('keeps the boxes of its picture, and none beside it', () => {
    const signature = box('JXL ', Buffer.from('0d0a870a', 'hex'));
    const kept = [
      signature,
      box('ftyp', Buffer.from('jxl \0\0\0\0jxl ')),
      box('jxlc', Buffer.from([0xff, 0x0a, 1, 2])),
    ];
    const beside = ['Exif', 'xml ', 'jumb', 'brob', 'jbrd', 'uuid'].map((type) => box(type, PLANTED));
    const [first = Buffer.alloc(0), second = Buffer.alloc(0), third = Buffer.alloc(0)] = kept;
    const source = new MemoryBytes(Buffer.concat([first, second, ...beside, third, PLANTED]));
    const bare = Buffer.concat([...blocksOf(source, bareJpegXl(source))]);
    expect(bare).toEqual(Buffer.concat(kept));
  });

  it('that is nothing but pixels stays as it is', () => {
    const source = new MemoryBytes(Buffer.from([0xff, 0x0a, 1, 2, 3]));
    expect(Buffer.concat([...blocksOf(source, bareJpegXl(source))])).toEqual(Buffer.from([0xff, 0x0a, 1, 2, 3]));
  });
});
