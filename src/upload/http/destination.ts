import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

import { ChatferryError } from '../../errors/chatferry-error.js';
import { isPublicAddress } from '../../config/addresses/public-address.js';

export interface DestinationOptions {
  /** The address that the user named. Its origin is always allowed. */
  readonly configured: URL;
  /** Whether private addresses are followed too. */
  readonly allowPrivate: boolean;
}

/** Names of this machine, whatever a resolver says (https://www.rfc-editor.org/rfc/rfc6761#section-6.3). */
const LOCAL_NAME = /(?:^|\.)localhost\.?$/;

/** Finds all addresses of a host. */
export type LookUp = (host: string) => Promise<readonly string[]>;

/**
 * Checks an address from a server: a redirect, the URL of an upload. Allowed are the origin that the user named, and
 * public addresses over HTTPS. Anything else could make this program access services that only it can reach. The
 * connection checks again, see `guardedLookup`.
 *
 * @returns the URL, resolved against the one that the user named.
 * @throws {ChatferryError} `STORE_REFUSED` naming the host.
 */
export async function checkDestination(
  address: string,
  { configured, allowPrivate }: DestinationOptions,
  lookUp: LookUp = lookUpAll,
): Promise<URL> {
  const url = parse(address, configured);
  if (url.origin === configured.origin) return url;
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && allowPrivate)) {
    throw refusal(configured, url, 'and only https is followed to other hosts');
  }
  if (allowPrivate) return url;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (LOCAL_NAME.test(host)) throw refusal(configured, url, 'and that is this machine');
  const addresses = isIP(host) === 0 ? await addressesOf(url, configured, lookUp) : [host];
  if (addresses.length === 0 || !addresses.every(isPublicAddress)) {
    throw refusal(configured, url, 'and that is not a public address');
  }
  return url;
}

async function lookUpAll(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

function parse(address: string, configured: URL): URL {
  try {
    return new URL(address, configured);
  } catch (cause) {
    const message = `${configured.host} sent an invalid address. Check the target's address.`;
    throw new ChatferryError('STORE_REFUSED', message, { cause });
  }
}

async function addressesOf(url: URL, configured: URL, lookUp: LookUp): Promise<readonly string[]> {
  try {
    return await lookUp(url.hostname);
  } catch (cause) {
    const message = `${configured.host} sends uploads on to ${url.host}, which cannot be found. Try again later.`;
    throw new ChatferryError('UNREACHABLE', message, { cause, retryable: true });
  }
}

function refusal(configured: URL, url: URL, why: string): ChatferryError {
  const message = `${configured.host} sends uploads on to ${url.host}, ${why}. Set UPLOAD_ALLOW_PRIVATE_REDIRECTS=true if that is right.`;
  return new ChatferryError('STORE_REFUSED', message);
}
