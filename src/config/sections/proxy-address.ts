import { z } from 'zod';

import type { SettingKind } from '../setting-kind.js';

/** A proxy that connections go through. */
export interface ProxyAddress {
  /** `socks5` looks names up here, `socks5h` leaves that to the proxy; `http` is a proxy that takes CONNECT. */
  readonly scheme: 'socks5' | 'socks5h' | 'http';
  /** A name or an address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  /** Percent-encoded as somebody did: masked as well. */
  readonly passwordAsWritten?: string;
}

/** Where a proxy listens unless its address says so. */
const PORTS: Readonly<Record<ProxyAddress['scheme'], number>> = { socks5: 1080, socks5h: 1080, http: 80 };
const SCHEMES: Readonly<Record<string, ProxyAddress['scheme']>> = {
  'socks5:': 'socks5',
  'socks5h:': 'socks5h',
  'socks:': 'socks5',
  'http:': 'http',
};

// Links and addresses of MTProxy, and its bare `host:port:secret` (https://core.telegram.org/mtproto/mtproto-transports).
const MTPROXY =
  /^(?:mtproto|mtproxy):|^tg:(?:\/\/)?proxy\b|^(?:https?:\/\/)?(?:t|telegram)\.(?:me|dog)\/proxy\b|:\d+:(?:[0-9a-f]{32,}|(?:dd|ee)[0-9a-f]{30,})$/i;
/** RFC 1929 has one byte for each length. */
const MOST_BYTES = 255;

/** A proxy by its address, or `none`. */
export const proxyAddress: SettingKind<ProxyAddress | 'none'> = {
  accepts:
    'socks5://host:port, socks5h://host:port or http://host:port, with user:password@ before the host where it is needed ' +
    '(special characters percent-encoded, such as %40 for @), or none',
  schema: z.string().transform((text, context) => {
    const parsed = parse(text);
    if (parsed !== undefined) return parsed;
    context.addIssue({ code: 'custom', message: 'not a proxy' });
    return z.NEVER;
  }),
  mask: maskProxy,
  refusal: (text) =>
    MTPROXY.test(text)
      ? 'is an MTProxy, which chatferry does not speak. Give a SOCKS5 or HTTP proxy, such as socks5://host:port'
      : undefined,
};

/** A proxy as people write it, its password masked: `socks5://ada:***@proxy:1080`. */
export function proxyText({ scheme, host, port, username, password }: ProxyAddress): string {
  const secret = password === undefined ? '' : ':***';
  const user = username === undefined ? '' : `${encodeURIComponent(username)}${secret}@`;
  return `${scheme}://${user}${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Masks what may be a password or a secret, also where the address is none. */
function maskProxy(text: string): string {
  if (/\bpass=/i.test(text)) return text.replace(/(\bpass=)[^&]*/gi, '$1***'); // Telegram's links to SOCKS5 proxies.
  if (MTPROXY.test(text)) return text.replace(/(\bsecret=)[^&]*|[\w+=-]{16,}/gi, '$1***');
  const [, head = '', credentials, tail = ''] = /^([a-z0-9+.-]+:\/\/)?(.*)@([^@]*)$/is.exec(text) ?? [];
  if (credentials === undefined) return text.replace(/^((?:[a-z0-9+.-]+:\/\/)?[^:/]+:\d+:).+$/is, '$1***'); // host:port:user:password
  const colon = credentials.indexOf(':');
  return `${head}${colon < 0 ? credentials : `${credentials.slice(0, colon)}:***`}@${tail}`;
}

function parse(text: string): ProxyAddress | 'none' | undefined {
  if (/^none$/i.test(text)) return 'none';
  if (!/^[a-z0-9]+:\/\//i.test(text) || MTPROXY.test(text)) return undefined;
  try {
    const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(text);
    const scheme = SCHEMES[protocol];
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    if (scheme === undefined || host === '' || !['', '/'].includes(pathname) || search + hash !== '') return undefined;
    const [user, secret] = [decodeURIComponent(username), decodeURIComponent(password)];
    if (Math.max(Buffer.byteLength(user), Buffer.byteLength(secret)) > MOST_BYTES || port === '0') return undefined;
    return {
      scheme,
      host: decodeURIComponent(host),
      port: port === '' ? PORTS[scheme] : Number(port),
      ...(user === '' ? {} : { username: user }),
      ...(secret === '' ? {} : { password: secret, passwordAsWritten: password }),
    };
  } catch (error) {
    if (error instanceof TypeError || error instanceof URIError) return undefined; // No URL, or a stray %.
    throw error;
  }
}
