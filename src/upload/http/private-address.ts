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

const privateIpv4 = new BlockList();
for (const [network, prefixBits] of IPV4) privateIpv4.addSubnet(network, prefixBits, 'ipv4');
const globalIpv6 = new BlockList();
globalIpv6.addSubnet(...IPV6_GLOBAL, 'ipv6');
const privateIpv6 = new BlockList();
for (const [network, prefixBits] of IPV6_INSIDE_GLOBAL) privateIpv6.addSubnet(network, prefixBits, 'ipv6');

/**
 * Whether an IP address is not one of the public internet: loopback, private networks, link-local (where clouds keep the
 * credentials of their machines), reserved. IPv6 addresses that carry an IPv4 address are private, too.
 *
 * @param address - As `net.isIP` takes it. Anything else counts as private.
 */
export function isPrivateAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return privateIpv4.check(address, 'ipv4');
  if (version === 6) return !globalIpv6.check(address, 'ipv6') || privateIpv6.check(address, 'ipv6');
  return true;
}
