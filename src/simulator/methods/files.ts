import { createHash } from 'node:crypto';
import type { ReferenceCheck } from '../file-references.js';
import { RpcRefusal } from '../rpc-refusal.js';
import { bytesIn, intIn, longIn, longsIn, objectIn, textIn } from '../tl/fields.js';
import type { TlObject } from '../tl-object.js';
import type { WorldFile } from '../world.js';
import type { MethodCall, MethodTable } from './method.js';

/** https://core.telegram.org/api/files#downloading-files: the rules for offset and limit. */
const BLOCK_BYTES = 4096;
const PRECISE_BLOCK_BYTES = 1024;
const WINDOW_BYTES = 1024 * 1024;
/** Each hash of `upload.getFileHashes` covers so much. */
const HASHED_PART_BYTES = 128 * 1024;
/** How many hashes one answer has: those of the megabyte that the offset lies in. */
const HASHES_AT_ONCE = WINDOW_BYTES / HASHED_PART_BYTES;

/** Downloading, and files without messages. */
export const fileMethods: MethodTable = {
  'upload.getFile': {
    handle: (call) => {
      const offset = Number(longIn(call.params, 'offset'));
      const limit = intIn(call.params, 'limit');
      checkRange(offset, limit, call.params['precise'] === true);
      const file = locate(call);
      const bytes = offset < file.sizeBytes ? file.read(offset, limit) : Buffer.alloc(0);
      return { _: 'upload.file', type: { _: 'storage.filePartial' }, mtime: 1_700_000_000, bytes };
    },
  },
  'upload.getFileHashes': {
    handle: (call) => {
      const file = locate(call);
      const from = Math.floor(Number(longIn(call.params, 'offset')) / WINDOW_BYTES) * WINDOW_BYTES;
      const offsets = Array.from({ length: HASHES_AT_ONCE }, (_, i) => from + i * HASHED_PART_BYTES);
      return offsets
        .filter((offset) => offset < file.sizeBytes)
        .map((offset) => {
          const part = file.read(offset, HASHED_PART_BYTES);
          const hash = createHash('sha256').update(part).digest();
          return { _: 'fileHash', offset: BigInt(offset), limit: part.length, hash };
        });
    },
  },
  'messages.getCustomEmojiDocuments': {
    handle: (call) =>
      longsIn(call.params, 'document_id').map(
        (id) => call.state.world.object?.('document', id) ?? { _: 'documentEmpty', id },
      ),
  },
};

function checkRange(offset: number, limit: number, precise: boolean): void {
  const block = precise ? PRECISE_BLOCK_BYTES : BLOCK_BYTES;
  if (offset < 0 || offset % block !== 0) throw new RpcRefusal('OFFSET_INVALID');
  if (limit <= 0 || limit % block !== 0 || limit > WINDOW_BYTES) throw new RpcRefusal('LIMIT_INVALID');
  if (!precise && WINDOW_BYTES % limit !== 0) throw new RpcRefusal('LIMIT_INVALID');
  const lastWindow = Math.floor((offset + limit - 1) / WINDOW_BYTES);
  if (Math.floor(offset / WINDOW_BYTES) !== lastWindow) throw new RpcRefusal('LIMIT_INVALID');
}

/** The file that a call asks for, when the caller may have it from here. */
function locate(call: MethodCall): WorldFile {
  const location = objectIn(call.params, 'location');
  const kind = kindOf(location);
  const id = longIn(location, 'id');
  const claim = { kind, id, accessHash: longIn(location, 'access_hash') };
  const dcId = dcOf(call.state.references.check(bytesIn(location, 'file_reference'), claim));
  if (dcId !== call.dcId && call.state.dcs.some((dc) => dc.id === dcId)) throw new RpcRefusal(`FILE_MIGRATE_${dcId}`);
  const size = textIn(location, 'thumb_size');
  const file = call.state.world.file(kind, id, size === '' ? undefined : size);
  if (file === undefined) throw new RpcRefusal('LOCATION_INVALID');
  return file;
}

function kindOf(location: TlObject): 'photo' | 'document' {
  if (location._ === 'inputPhotoFileLocation') return 'photo';
  if (location._ === 'inputDocumentFileLocation') return 'document';
  throw new RpcRefusal('LOCATION_INVALID');
}

function dcOf(check: ReferenceCheck): number {
  switch (check.verdict) {
    case 'valid':
      return check.dcId;
    case 'empty':
      throw new RpcRefusal('FILE_REFERENCE_EMPTY');
    case 'invalid':
      throw new RpcRefusal('FILE_REFERENCE_INVALID');
    case 'expired':
      throw new RpcRefusal('FILE_REFERENCE_EXPIRED');
    case 'wrong access hash':
      throw new RpcRefusal('FILE_ID_INVALID');
  }
}
