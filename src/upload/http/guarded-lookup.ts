import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

import { ChatferryError } from '../../errors/chatferry-error.js';
import type { DestinationOptions } from './destination.js';
import { isPublicAddress } from '../../config/addresses/public-address.js';

/**
 * A lookup for connections that refuses names with a private address, except the host that the user named. A name that
 * was checked before may resolve to another address at the time of the connection, so the actual address is checked.
 *
 * @param lookup - @defaultValue the system's
 */
export function guardedLookup(
  { configured, allowPrivate }: DestinationOptions,
  lookup: LookupFunction = systemLookup,
): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, options, (error, found, family) => {
      if (error !== null || allowPrivate || hostname === configured.hostname) {
        callback(error, found, family);
        return;
      }
      const addresses = typeof found === 'string' ? [found] : found.map(({ address }) => address);
      if (addresses.every(isPublicAddress)) {
        callback(null, found, family);
        return;
      }
      const message = `${configured.host} sends uploads on to ${hostname}, which leads to ${addresses.join(', ')}, and that is not a public address. Set UPLOAD_ALLOW_PRIVATE_REDIRECTS=true if that is right.`;
      callback(new ChatferryError('STORE_REFUSED', message), found, family);
    });
  };
}
