import { BlockList, isIP } from 'node:net';

/**
 * Where the prober may connect to. A name in a pool can be made to resolve to anything, so it is the address that is
 * judged, after the resolution and right before the connection.
 */

/** Never a backend, and each a way to something that answers to whoever is on this machine. */
const FORBIDDEN: readonly (readonly [network: string, prefix: number, family: 'ipv4' | 'ipv6'])[] = [
  ['0.0.0.0', 8, 'ipv4'],
  // Link-local, with the instance metadata at 169.254.169.254.
  ['169.254.0.0', 16, 'ipv4'],
  // The platform's own virtual address: its DNS, its health probes and its agents' endpoint.
  ['168.63.129.16', 32, 'ipv4'],
  // Multicast, and everything above it up to the broadcast address.
  ['224.0.0.0', 3, 'ipv4'],
  // Unspecified, and the long-dropped way to write an IPv4 address within IPv6.
  ['::', 96, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['fec0::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
  // Ways through a translator or a tunnel, whose far end is an IPv4 address that would not be seen here.
  ['64:ff9b::', 96, 'ipv6'],
  ['64:ff9b:1::', 48, 'ipv6'],
  ['2001::', 32, 'ipv6'],
  ['2002::', 16, 'ipv6'],
];

const LOOPBACK: readonly (readonly [network: string, prefix: number, family: 'ipv4' | 'ipv6'])[] = [
  ['127.0.0.0', 8, 'ipv4'],
  ['::1', 128, 'ipv6'],
];

const loopback = listOf(LOOPBACK);
const forbidden = listOf(FORBIDDEN);

function listOf(networks: typeof FORBIDDEN): BlockList {
  const list = new BlockList();
  for (const [network, prefix, family] of networks) list.addSubnet(network, prefix, family);
  return list;
}

/** Whether an address is this machine's own. A name never is: it would be resolved once more. */
export function isLoopback(address: string): boolean {
  const version = isIP(address);
  if (version === 0 || address.includes('%')) return false;
  return loopback.check(address, version === 4 ? 'ipv4' : 'ipv6');
}

/**
 * Whether the prober may connect to an address. An IPv4 address written within IPv6 (`::ffff:10.0.0.4`) is judged as the
 * IPv4 address that it is. A name, or an address with a zone, is never permitted: it would be resolved once more.
 */
export function isPermitted(address: string): boolean {
  const version = isIP(address);
  if (version === 0 || address.includes('%')) return false;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  return !isLoopback(address) && !forbidden.check(address, family);
}

/**
 * The address to connect to: the first IPv4 address that is permitted, since that is what a gateway uses unless it has
 * both families; else the first IPv6 address.
 */
export function addressToUse(addresses: readonly string[]): string | undefined {
  const permitted = addresses.filter((address) => isPermitted(address));
  return permitted.find((address) => isIP(address) === 4) ?? permitted[0];
}

/** Whether a text can be the name of a host: what may be resolved, sent as server name and sent as Host. */
export function isHostName(text: string): boolean {
  return text.length <= 253 && isIP(text) === 0 && /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_-]+)*\.?$/i.test(text);
}
