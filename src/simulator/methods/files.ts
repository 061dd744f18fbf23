import type { ReferenceCheck } from '../state/file-references.js';
import { RpcRefusal } from '../state/rpc-refusal.js';
import { bytesIn, intIn, longIn, longsIn, objectIn, textIn } from '../tl/fields.js';
import type { TlObject } from '../tl/tl-object.js';
import { redirectToCdn, type LocatedFile } from './cdn.js';
import { checkRange, hashesAt } from './file-range.js';
import type { MethodCall, MethodTable } from './method.js';

/** Methods for downloads, and for files without messages. */
export const fileMethods: MethodTable = {
  'upload.getFile': {
    handle: (call) => {
      const offset = Number(longIn(call.params, 'offset'));
      const limit = intIn(call.params, 'limit');
      checkRange(offset, limit, call.params['precise'] === true);
      const located = locate(call);
      const redirect = call.params['cdn_supported'] === true ? redirectToCdn(call, located) : undefined;
      if (redirect !== undefined) return redirect;
      const { file } = located;
      const bytes = offset < file.sizeBytes ? file.read(offset, limit) : Buffer.alloc(0);
      return { _: 'upload.file', type: { _: 'storage.filePartial' }, mtime: 1_700_000_000, bytes };
    },
  },
  'upload.getFileHashes': {
    handle: (call) => hashesAt(locate(call).file, Number(longIn(call.params, 'offset'))),
  },
  'messages.getCustomEmojiDocuments': {
    handle: (call) =>
      longsIn(call.params, 'document_id').map(
        (id) => call.state.world.object?.('document', id) ?? { _: 'documentEmpty', id },
      ),
  },
};

/** The file that a call requests, if this data centre serves it to the caller. */
function locate(call: MethodCall): LocatedFile {
  const location = objectIn(call.params, 'location');
  const kind = kindOf(location);
  const id = longIn(location, 'id');
  const claim = { kind, id, accessHash: longIn(location, 'access_hash') };
  const dcId = dcOf(call.state.references.check(bytesIn(location, 'file_reference'), claim));
  if (dcId !== call.dcId && call.state.dcs.some((dc) => dc.id === dcId)) throw new RpcRefusal(`FILE_MIGRATE_${dcId}`);
  const size = textIn(location, 'thumb_size');
  const file = call.state.world.file(kind, id, size === '' ? undefined : size);
  if (file === undefined) throw new RpcRefusal('LOCATION_INVALID');
  return { kind, id, size, file };
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
