import { openForReading, readWhole } from '../../../disk/read-file.js';
import type { ContentKind } from '../../../chat/description/content-kind.js';
import { isHeif } from '../../image/foreign-picture.js';
import { decoder } from '../../image/image.js';

/** The chunks of a PNG follow a signature of 8 bytes (https://www.w3.org/TR/png-3/#5DataRep). */
const PNG_SIGNATURE_BYTES = 8;
/** Brands of picture sequences (ISO/IEC 23008-12, section 10; AVIF, section 6.2). */
const SEQUENCE_BRANDS = ['avis', 'msf1', 'hevc'];
const BRAND_BYTES = 256;

/**
 * Finds out whether a file has more than one picture: frames, pages, or an embedded video ("motion photo"). A copy of the
 * first frame would not be a complete copy.
 *
 * @returns what it has; undefined for one picture, or one page.
 * @throws Node's error when the file cannot be read; an error of the decoder.
 */
export async function severalPictures(path: string, content: ContentKind): Promise<string | undefined> {
  const { mimeType } = content;
  if (mimeType === 'image/jxl') return 'it is a JPEG XL, which does not tell whether it moves';
  if (mimeType === 'image/png' || mimeType === 'image/apng') {
    return (await isAnimatedPng(path)) ? 'it has frames in time' : undefined;
  }
  if (isHeif(content) || mimeType === 'image/avif') {
    const head = await readHead(path, BRAND_BYTES);
    const brands = head.toString('latin1', 8, Math.min(head.length, head.readUInt32BE(0)));
    if (SEQUENCE_BRANDS.some((brand) => brands.includes(brand))) return 'it has frames in time';
    return isHeif(content) && (await readWhole(path, { mayBeLink: true })).includes('mpvd')
      ? 'there is a film in it'
      : undefined;
  }
  if (mimeType === 'image/jpeg') {
    return (await readWhole(path, { mayBeLink: true })).includes('ftyp') ? 'there is a film behind it' : undefined;
  }
  if (['image/bmp', 'image/jp2', 'image/svg+xml'].includes(mimeType)) return undefined;
  const { pages = 1 } = await decoder(path).metadata();
  return pages > 1 ? `it has ${pages} pages or frames` : undefined;
}

/** An animated PNG has `acTL` before the first picture (https://www.w3.org/TR/png-3/#acTL-chunk). */
async function isAnimatedPng(path: string): Promise<boolean> {
  const file = await openForReading(path, { mayBeLink: true });
  try {
    const head = Buffer.alloc(8);
    for (let position = PNG_SIGNATURE_BYTES; ;) {
      const { bytesRead } = await file.read(head, 0, head.length, position);
      if (bytesRead < head.length) return false;
      const type = head.toString('latin1', 4, 8);
      if (type === 'acTL') return true;
      if (type === 'IDAT' || type === 'IEND') return false;
      position += head.readUInt32BE(0) + 12; // Plus length, type and checksum.
    }
  } finally {
    await file.close();
  }
}

async function readHead(path: string, byteCount: number): Promise<Buffer> {
  const file = await openForReading(path, { mayBeLink: true });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(byteCount), 0, byteCount, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
