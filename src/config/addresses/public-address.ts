import { BlockList, isIP } from 'node:net';

/** Addresses that are not of the public internet: https://www.iana.org/assignments/iana-ipv4-special-registry and -ipv6-. */
const IPV4: readonly (readonly [network: string, prefixBits: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];
/** Only 2000::/3 is given out as global unicast; of it, what carries IPv4 inside (Teredo, 6to4) and documentation are out. */
const IPV6_GLOBAL = ['2000::', 3] as const;
const IPV6_INSIDE_GLOBAL: readonly (readonly [network: string, prefixBits: number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const specialIpv4 = new BlockList();
for (const [network, prefixBits] of IPV4) specialIpv4.addSubnet(network, prefixBits, 'ipv4');
const globalIpv6 = new BlockList();
globalIpv6.addSubnet(...IPV6_GLOBAL, 'ipv6');
const specialIpv6 = new BlockList();
for (const [network, prefixBits] of IPV6_INSIDE_GLOBAL) specialIpv6.addSubnet(network, prefixBits, 'ipv6');

/**
 * Whether a host is the number of a machine on the public internet: no name, and not of loopback, private networks,
 * link-local (where clouds keep the credentials of their machines) or what is reserved. IPv6 addresses that carry an IPv4
 * address are not public.
 *
 * @param host - As `net.isIP` takes it. Anything else is not public.
 */
export function isPublicAddress(host: string): boolean {
  const version = isIP(host);
  if (version === 4) return !specialIpv4.check(host, 'ipv4');
  return version === 6 && globalIpv6.check(host, 'ipv6') && !specialIpv6.check(host, 'ipv6');
}
