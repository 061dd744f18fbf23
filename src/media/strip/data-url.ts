import { ChatferryError } from '../../errors/chatferry-error.js';
import { MemoryBytes } from '../bytes/byte-source.js';
import { bareGif } from './gif.js';
import { bareJpeg } from './jpeg.js';
import { blocksOf, type Stripper } from './pieces.js';
import { barePng } from './png.js';
import { bareWebp } from './webp.js';

const STRIPPERS: Readonly<Record<string, Stripper>> = {
  'image/jpeg': bareJpeg,
  'image/jpg': bareJpeg,
  'image/png': barePng,
  'image/webp': bareWebp,
  'image/gif': bareGif,
};

/**
 * A picture embedded in a drawing, without its own metadata (https://www.rfc-editor.org/rfc/rfc2397). Drawings ignore its EXIF
 * orientation.
 *
 * @throws {ChatferryError} `CONTENT_MISMATCH` if it is no picture, or one of another kind.
 */
export function bareDataUrl(url: string): string {
  const found = /^data:([\w/+.-]+);base64,([A-Za-z0-9+/=]+)$/i.exec(url);
  const [, mimeType = '', text = ''] = found ?? [];
  const stripper = STRIPPERS[mimeType.toLowerCase()];
  if (stripper === undefined) {
    throw new ChatferryError('CONTENT_MISMATCH', 'The drawing has a file in it that cannot be stripped.');
  }
  const source = new MemoryBytes(Buffer.from(text, 'base64'));
  const bare = Buffer.concat([...blocksOf(source, stripper(source, { orientation: 1 }))]);
  return `data:${mimeType};base64,${bare.toString('base64')}`;
}
