import { isIPv4 } from 'node:net';

import { ChatferryError } from '../../errors/chatferry-error.js';
import type { TargetSettings } from './target-kind.js';

/**
 * Lets an address pass that files may be sent to: https anywhere, http on this machine, or anywhere once the user allows it.
 *
 * @param who - Who says the address, for the message: a spec, or the name of a setting.
 * @throws {ChatferryError} `USAGE`
 */
export function requireEncrypted(url: URL, who: string, { uploadAllowHttp }: TargetSettings): URL {
  const given: unknown = url; // Programs without types may give a text.
  if (!(given instanceof URL)) {
    throw new ChatferryError('USAGE', `${who} must be a URL object: new URL('https://storage.example.org'), for one.`);
  }
  if (url.protocol === 'https:' || uploadAllowHttp || isThisMachine(url.hostname)) return url;
  const message = `${who} sends files to ${url.host} without encryption, so anybody in between can read them. Use https, or set UPLOAD_ALLOW_HTTP=true.`;
  throw new ChatferryError('USAGE', message);
}

/** Of a URL: IPv6 in brackets, and every spelling of an IPv4 address made one. */
function isThisMachine(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || (isIPv4(hostname) && hostname.startsWith('127.'));
}
