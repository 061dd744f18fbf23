import { type ProxyAddress, proxyAddress } from './proxy-address.js';
import { wordsOfHosts } from '../setting-kind.js';
import { SECTIONS } from '../setting-sections.js';
import type { Setting } from '../setting.js';
import { WAY } from '../trust/only-from-you.js';

/** How connections find their way out. */
export interface ProxySettings {
  /** `none`: whatever other variables say. */
  readonly telegramProxy: ProxyAddress | 'none' | undefined;
  /** Hosts that no proxy is used for, as they were written. */
  readonly noProxy: readonly string[];
}

/** The part of the table of settings that is about proxies. */
export const PROXY_SETTINGS: { readonly [Key in keyof ProxySettings]-?: Setting<ProxySettings[Key]> } = {
  telegramProxy: {
    name: 'TELEGRAM_PROXY',
    section: SECTIONS.connection,
    kind: proxyAddress,
    // The names that other programs know. curl reads an address without a scheme as the proxy's own kind, and so do we.
    alsoNamed: [
      { name: 'ALL_PROXY', prefix: 'http://' },
      { name: 'all_proxy', prefix: 'http://' },
      { name: 'SOCKS_PROXY', prefix: 'socks5://' },
      { name: 'socks_proxy', prefix: 'socks5://' },
      { name: 'HTTPS_PROXY', prefix: 'http://' },
      { name: 'https_proxy', prefix: 'http://' },
      { name: 'HTTP_PROXY', prefix: 'http://' },
      { name: 'http_proxy', prefix: 'http://' },
    ],
    description:
      'The proxy for all connections to Telegram. none connects directly and overrides the standard proxy variables.',
    onlyFromYou: WAY,
  },
  noProxy: {
    name: 'NO_PROXY',
    section: SECTIONS.connection,
    kind: wordsOfHosts,
    alsoNamed: [{ name: 'no_proxy' }],
    description: 'Hosts that are connected to without the proxy.',
    onlyFromYou: WAY,
  },
};
