import type { Checksum, Confirmation, ExpectedFile } from '../../upload-target.js';
import type { ObjectId } from './object-id.js';
import type { StoredObject } from './stored-object.js';

/**
 * Compares an object with what was sent, by the strongest checksum of the store. The ETag of several parts is not a
 * hash of the content. It only shows that the object is the one that was completed.
 */
export function confirmObject(found: StoredObject, known: ObjectId, expected: ExpectedFile): Confirmation {
  const { sizeBytes, sha256 } = expected;
  if (found.sizeBytes !== sizeBytes) return different('size', `${found.sizeBytes} bytes`);
  if (found.notedSha256 !== undefined && found.notedSha256 !== sha256) return different('sha256', found.notedSha256);
  if (found.sha256 !== undefined) {
    const stored = Buffer.from(found.sha256, 'base64').toString('hex');
    return stored === sha256 ? { state: 'same', by: 'sha256' } : different('sha256', stored);
  }
  if (found.partsSha256 !== undefined && known.partsSha256 !== undefined) {
    return found.partsSha256 === known.partsSha256
      ? { state: 'same', by: 'sha256-parts' }
      : different('sha256-parts', found.partsSha256);
  }
  if (found.etag !== undefined && known.etag !== undefined) {
    const by = known.isEtagMd5 === true ? 'md5' : 'etag';
    return found.etag === known.etag ? { state: 'same', by } : different(by, found.etag);
  }
  return { state: 'same', by: 'size' };
}

function different(by: Checksum, found: string): Confirmation {
  return { state: 'different', by, found };
}
