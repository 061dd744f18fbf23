import { BlockList, isIP } from 'node:net';

import type { DcAddress } from '../connections/sender-pool.js';

/** Whether a connection to this address is made without a proxy. */
export type GoesDirectly = (place: Pick<DcAddress, 'host' | 'port'>) => boolean;

/**
 * Reads the entries of NO_PROXY as most programs do: `*` for all, a host, a domain with all its subdomains (with or
 * without a leading dot), an address, or a network such as `10.0.0.0/8`. Each may end in `:port`. Other entries match
 * nothing.
 */
export function goesDirectly(entries: readonly string[]): GoesDirectly {
  const tests = entries.map(entryTest);
  return (place) => tests.some((test) => test(place));
}

function entryTest(entry: string): GoesDirectly {
  if (entry === '*') return () => true;
  const bare = entry.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  const [address = '', prefix] = bare.split('/');
  if (isIP(address) !== 0) return networkTest(address, prefix);
  const [, name = bare, port] = /^(.*):(\d+)$/.exec(bare) ?? [];
  const host = name.replace(/^\[(.*)\]$/, '$1').replace(/^\*?\.+/, '');
  const names = isIP(host) === 0 ? nameTest(host) : networkTest(host, undefined);
  return (place) => (port === undefined || Number(port) === place.port) && names(place);
}

function nameTest(domain: string): GoesDirectly {
  return ({ host }) => {
    const name = host.toLowerCase().replace(/\.$/, '');
    return domain !== '' && (name === domain || name.endsWith(`.${domain}`));
  };
}

function networkTest(address: string, prefix: string | undefined): GoesDirectly {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  const bits = prefix === undefined ? undefined : Number(prefix);
  const list = new BlockList();
  if (bits === undefined) list.addAddress(address, family);
  else if (Number.isInteger(bits) && bits >= 0 && bits <= (family === 'ipv6' ? 128 : 32)) {
    list.addSubnet(address, bits, family);
  }
  return ({ host }) => isIP(host) !== 0 && list.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4');
}
