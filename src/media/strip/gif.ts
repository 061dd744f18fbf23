import { breaksOff, type ByteSource } from '../bytes/byte-source.js';
import type { Piece } from './pieces.js';

/** https://www.w3.org/Graphics/GIF/spec-gif89a.txt, sections 17 to 27. */
const SCREEN_BYTES = 13;
const IMAGE_BYTES = 10;
const BLOCK = { extension: 0x21, image: 0x2c, end: 0x3b } as const;
const GRAPHIC_CONTROL = 0xf9;
const APPLICATION = 0xff;
/** The only application extensions that affect the picture: how often it repeats. */
const REPETITION: ReadonlySet<string> = new Set(['NETSCAPE2.0', 'ANIMEXTS1.0']);

/** A GIF of the blocks that its decoder needs. @throws {ChatferryError} `CONTENT_MISMATCH` for a truncated file. */
export function* bareGif(source: ByteSource): Generator<Piece, void, void> {
  const start = SCREEN_BYTES + tableBytes(source.read(10, 1)[0] ?? 0);
  yield { at: 0, sizeBytes: start };
  for (let at = start; ;) {
    const type = source.read(at, 1)[0];
    if (type === BLOCK.end) {
      yield { at, sizeBytes: 1 };
      return;
    }
    let end: number;
    if (type === BLOCK.image) {
      const table = tableBytes(source.read(at + IMAGE_BYTES - 1, 1)[0] ?? 0);
      end = endOfBlocks(source, at + IMAGE_BYTES + table + 1);
      yield { at, sizeBytes: end - at };
    } else if (type === BLOCK.extension) {
      end = endOfBlocks(source, at + 2);
      if (isOfThePicture(source, at)) yield { at, sizeBytes: end - at };
    } else {
      throw breaksOff();
    }
    at = end;
  }
}

function isOfThePicture(source: ByteSource, at: number): boolean {
  const label = source.read(at + 1, 1)[0];
  if (label === GRAPHIC_CONTROL) return true;
  if (label !== APPLICATION) return false;
  return REPETITION.has(source.read(at + 3, 11).toString('latin1'));
}

/** A color table, three bytes per color. */
function tableBytes(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1);
}

/** The offset after a sequence of sub-blocks of at most 255 bytes, which ends with an empty one. */
function endOfBlocks(source: ByteSource, start: number): number {
  for (let at = start; ;) {
    const sizeBytes = source.read(at, 1)[0] ?? 0;
    at += 1 + sizeBytes;
    if (sizeBytes === 0) return at;
  }
}
