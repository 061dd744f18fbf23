import { ChatferryError, isChatferryError } from '../../../errors/chatferry-error.js';
import { checkDestination } from '../../../upload/http/destination.js';
import type { RemoteFile, UploadTarget } from '../../../upload/upload-target.js';
import { requireEncrypted } from '../encrypted-address.js';
import type { TargetKind, TargetPlace } from '../target-kind.js';

/** A tus server, over https. */
export const tusKind: TargetKind = {
  scheme: 'tus+https://',
  form: 'tus+https://host/path',
  says: 'a tus server',
  open: openTus,
  holds: isOfServer,
};

/** A tus server without encryption, as on this machine. */
export const plainTusKind: TargetKind = {
  scheme: 'tus+http://',
  form: 'tus+http://localhost:1080/path',
  says: 'a tus server on this machine, or elsewhere with UPLOAD_ALLOW_HTTP=true',
  open: openTus,
  holds: isOfServer,
};

async function openTus(place: TargetPlace): Promise<UploadTarget> {
  const { TusTarget } = await import('../../../upload/targets/tus/tus-target.js'); // Loaded on demand: it needs undici, which takes 20 MB.
  const { spec, settings } = place;
  const { tusToken, uploadMaxParallel, uploadTimeoutMs, uploadAllowPrivateRedirects } = settings;
  return new TusTarget({
    endpoint: requireEncrypted(addressOf(place), spec, settings),
    ...(tusToken === undefined ? {} : { headers: { authorization: `Bearer ${tusToken}` } }),
    connectionCount: uploadMaxParallel,
    timeoutMs: uploadTimeoutMs,
    allowPrivateRedirects: uploadAllowPrivateRedirects,
  });
}

function addressOf({ spec }: TargetPlace): URL {
  const address = spec.slice('tus+'.length);
  if (URL.canParse(address)) return new URL(address);
  throw new ChatferryError('USAGE', `${spec} is not an address. Write tus+https://host/path.`);
}

/** A server may store uploads at other hosts, but addresses in private networks are not accepted as such. */
async function isOfServer({ id }: RemoteFile, place: TargetPlace): Promise<boolean> {
  const { uploadAllowPrivateRedirects: allowPrivate } = place.settings;
  try {
    await checkDestination(id, { configured: addressOf(place), allowPrivate });
    return true;
  } catch (error) {
    if (isChatferryError(error, 'STORE_REFUSED')) return false;
    throw error;
  }
}
