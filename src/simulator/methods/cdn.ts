import { encryptedRange, type CdnFile } from '../state/cdn-files.js';
import { RpcRefusal } from '../state/rpc-refusal.js';
import { bytesIn, intIn, longIn } from '../tl/fields.js';
import type { TlObject } from '../tl/tl-object.js';
import type { WorldFile } from '../world/world.js';
import { checkRange, hashesAt } from './file-range.js';
import type { MethodCall, MethodTable } from './method.js';

/** Files from CDN data centres: https://core.telegram.org/cdn. */
export const cdnMethods: MethodTable = {
  'help.getCdnConfig': {
    isOpen: true,
    handle: ({ state }) => ({
      _: 'cdnConfig',
      public_keys: state.cdnDcs.map(({ id, publicKeyPem }) => ({
        _: 'cdnPublicKey',
        dc_id: id,
        public_key: publicKeyPem,
      })),
    }),
  },
  'upload.getCdnFile': {
    isOpen: true,
    isCdn: true,
    handle: (call) => {
      const offset = Number(longIn(call.params, 'offset'));
      const limit = intIn(call.params, 'limit');
      checkRange(offset, limit, false);
      const file = tokenFile(call, 'cdnDcId');
      if (call.state.cdnFiles.isCached(file))
        return { _: 'upload.cdnFile', bytes: encryptedRange(file, offset, limit) };
      return { _: 'upload.cdnFileReuploadNeeded', request_token: call.state.cdnFiles.request(file) };
    },
  },
  'upload.reuploadCdnFile': {
    handle: (call) => {
      const file = tokenFile(call, 'dcId');
      const isAccepted = call.state.cdnFiles.upload(file, bytesIn(call.params, 'request_token'));
      if (!isAccepted) throw new RpcRefusal('REQUEST_TOKEN_INVALID');
      return hashesAt(file.file, 0);
    },
  },
  'upload.getCdnFileHashes': {
    handle: (call) => hashesAt(tokenFile(call, 'dcId').file, Number(longIn(call.params, 'offset'))),
  },
};

/** The file that a call requests. */
export interface LocatedFile {
  readonly kind: 'photo' | 'document';
  readonly id: bigint;
  /** The type of the photo size or thumbnail; empty for the document itself. */
  readonly size: string;
  readonly file: WorldFile;
}

/** The redirect that `upload.getFile` returns instead of bytes, if a running CDN data centre also has the file. */
export function redirectToCdn({ state, dcId }: MethodCall, located: LocatedFile): TlObject | undefined {
  if (state.cdnDcs.length === 0) return undefined;
  const { kind, id, size, file } = located;
  const copy = state.world.cdnCopy?.(kind, id, size === '' ? undefined : size);
  if (copy === undefined || !state.cdnDcs.some((dc) => dc.id === copy.dcId)) return undefined;
  const placement = { dcId, cdnDcId: copy.dcId, file, copy: copy.file ?? file };
  const placed = state.cdnFiles.place(`${kind}:${id}:${size}`, placement);
  return {
    _: 'upload.fileCdnRedirect',
    dc_id: placed.cdnDcId,
    file_token: placed.token,
    encryption_key: placed.key,
    encryption_iv: placed.iv,
    file_hashes: hashesAt(file, 0),
  };
}

function tokenFile({ params, state, dcId }: MethodCall, at: 'dcId' | 'cdnDcId'): CdnFile {
  const file = state.cdnFiles.find(bytesIn(params, 'file_token'));
  if (file?.[at] !== dcId) throw new RpcRefusal('FILE_TOKEN_INVALID');
  return file;
}
