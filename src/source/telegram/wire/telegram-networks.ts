import { BlockList, isIP } from 'node:net';

/** The networks of Telegram's data centres: https://core.telegram.org/resources/cidr.txt (2026-11). */
const NETWORKS: readonly (readonly [network: string, prefix: number])[] = [
  ['91.105.192.0', 23],
  ['91.108.4.0', 22],
  ['91.108.8.0', 22],
  ['91.108.12.0', 22],
  ['91.108.16.0', 22],
  ['91.108.20.0', 22],
  ['91.108.56.0', 22],
  ['149.154.160.0', 20],
  ['185.76.151.0', 24],
  ['2001:67c:4e8::', 48],
  ['2001:b28:f23c::', 48],
  ['2001:b28:f23d::', 48],
  ['2001:b28:f23f::', 48],
  ['2a0a:f280::', 32],
];

/** Whether a host belongs to Telegram: an address in its networks, or a name that gramjs uses. */
export function isTelegramHost(host: string): boolean {
  if (/\.telegram\.org$/i.test(host)) return true;
  const list = new BlockList();
  for (const [network, prefix] of NETWORKS) list.addSubnet(network, prefix, network.includes(':') ? 'ipv6' : 'ipv4');
  return isIP(host) !== 0 && list.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4');
}
