import { ChatferryError } from '../../../errors/chatferry-error.js';
import { TusTarget } from '../../../upload/targets/tus/tus-target.js';
import { requireEncrypted } from '../encrypted-address.js';
import type { TargetKind, TargetPlace } from '../target-kind.js';

/** A tus server, over https. */
export const tusKind: TargetKind = {
  scheme: 'tus+https://',
  form: 'tus+https://host/path',
  says: 'a tus server',
  open: openTus,
};

/** A tus server without encryption, as on this machine. */
export const plainTusKind: TargetKind = {
  scheme: 'tus+http://',
  form: 'tus+http://localhost:1080/path',
  says: 'a tus server on this machine, or elsewhere with UPLOAD_ALLOW_HTTP=true',
  open: openTus,
};

function openTus({ spec, settings }: TargetPlace): TusTarget {
  const address = spec.slice('tus+'.length);
  if (!URL.canParse(address)) {
    throw new ChatferryError('USAGE', `${spec} is no address. Write tus+https://host/path.`);
  }
  const { tusToken, uploadMaxParallel, uploadTimeoutMs, uploadAllowPrivateRedirects } = settings;
  return new TusTarget({
    endpoint: requireEncrypted(new URL(address), spec, settings),
    ...(tusToken === undefined ? {} : { headers: { authorization: `Bearer ${tusToken}` } }),
    connectionCount: uploadMaxParallel,
    timeoutMs: uploadTimeoutMs,
    allowPrivateRedirects: uploadAllowPrivateRedirects,
  });
}
