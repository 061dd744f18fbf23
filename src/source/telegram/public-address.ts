import { BlockList, isIP } from 'node:net';

// https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry: what is of this machine, of
// its network, or of nobody.
const SPECIAL: BlockList = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  SPECIAL.addSubnet(network, prefix, 'ipv4');
}
/** Global unicast; all other IPv6 is of a link, a site, a group or a translation. */
const GLOBAL: BlockList = new BlockList();
GLOBAL.addSubnet('2000::', 3, 'ipv6');
/** Teredo and documentation, 6to4: each leads to something else. */
for (const [network, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
] as const) {
  SPECIAL.addSubnet(network, prefix, 'ipv6');
}

/** Whether a host is the number of a machine on the internet, and neither a name nor this machine or its network. */
export function isPublicAddress(host: string): boolean {
  switch (isIP(host)) {
    case 4:
      return !SPECIAL.check(host, 'ipv4');
    case 6:
      return GLOBAL.check(host, 'ipv6') && !SPECIAL.check(host, 'ipv6');
    default:
      return false;
  }
}
