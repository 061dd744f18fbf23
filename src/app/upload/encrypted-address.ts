import { isIPv4 } from 'node:net';

import { ChatferryError } from '../../errors/chatferry-error.js';
import type { TargetSettings } from './target-kind.js';

/**
 * Accepts only addresses that files may be sent to: https anywhere, http on this machine, or http anywhere if the user
 * allows it.
 *
 * @param who - The origin of the address, for the message: a spec, or the name of a setting.
 * @throws {ChatferryError} `USAGE`
 */
export function requireEncrypted(url: URL, who: string, { uploadAllowHttp }: TargetSettings): URL {
  const given: unknown = url; // Callers without type checks may pass a string.
  if (!(given instanceof URL)) {
    throw new ChatferryError('USAGE', `${who} must be a URL object, such as new URL('https://storage.example.org').`);
  }
  if (url.protocol === 'https:' || uploadAllowHttp || isThisMachine(url.hostname)) return url;
  const message = `${who} sends files to ${url.host} without encryption, so anybody in between can read them. Use https, or set UPLOAD_ALLOW_HTTP=true.`;
  throw new ChatferryError('USAGE', message);
}

/** As `URL` normalises it: IPv6 in brackets, IPv4 in its dotted form. */
function isThisMachine(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || (isIPv4(hostname) && hostname.startsWith('127.'));
}
