import type { OutgoingPart } from '../../upload-target.js';
import type { ServerOffer } from './server-offer.js';

/**
 * The checksum header of a part, with the strongest algorithm that the server supports. Servers with this extension
 * support at least SHA-1 (https://tus.io/protocols/resumable-upload#checksum), which is sufficient against damage in
 * transit.
 */
export async function checksumHeader(
  part: OutgoingPart,
  { extensions, checksums }: ServerOffer,
): Promise<Readonly<Record<string, string>>> {
  if (!extensions.has('checksum')) return {};
  if (checksums.has('sha256')) {
    return { 'upload-checksum': `sha256 ${Buffer.from(part.sha256, 'hex').toString('base64')}` };
  }
  const algorithm = (['sha1', 'md5'] as const).find((name) => checksums.has(name));
  return algorithm === undefined ? {} : { 'upload-checksum': `${algorithm} ${await part.digest(algorithm)}` };
}
