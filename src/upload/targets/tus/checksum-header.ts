import type { OutgoingPart } from '../../upload-target.js';
import type { ServerOffer } from './server-offer.js';

/**
 * Tells the server what the bytes of a part must be, in the strongest way that it checks. Servers with this extension know
 * SHA-1 at least (https://tus.io/protocols/resumable-upload#checksum): against bytes damaged on the way it is good enough.
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
