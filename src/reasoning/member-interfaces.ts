import type { NetworkInterface } from '../core/network.ts';
import type { Readings } from '../core/readings.ts';
import { sameName } from '../core/resource-id.ts';
import { command } from '../core/shell.ts';
import type { Citation, MissingRead } from '../core/verdict.ts';

/** Which network interface, and with it which machine or private endpoint, an address belongs to. */

/**
 * The interfaces that hold an address. More than one means that networks overlap (10.0.0.4 exists in a great many of
 * them), and then the address alone does not tell which one the gateway means.
 */
export function interfacesWith({ interfaces }: Readings, address: string): readonly NetworkInterface[] {
  return (interfaces ?? []).filter((nic) => nic.addresses.some((known) => sameName(known, address)));
}

/** The one interface that holds an address; undefined where none or several do. */
export function interfaceWith(readings: Readings, address: string): NetworkInterface | undefined {
  const found = interfacesWith(readings, address);
  return found.length === 1 ? found[0] : undefined;
}

/** The interfaces in the range of an address, itself left out: subnets of backends are rarely smaller than a /24. */
export function neighboursOf({ interfaces }: Readings, address: string): readonly NetworkInterface[] {
  const range = rangeOf(address);
  if (range === undefined) return [];
  return (interfaces ?? []).filter(
    (nic) => nic.addresses.some((known) => rangeOf(known) === range) && !nic.addresses.includes(address),
  );
}

function rangeOf(address: string): string | undefined {
  return /^(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}$/.exec(address)?.[1];
}

/** Addresses of virtual networks and of the networks joined to them (RFC 1918, RFC 6598 and unique local IPv6). */
export function isPrivateAddress(address: string): boolean {
  const [first = Number.NaN, second = Number.NaN] = address.split('.').map(Number);
  if (address.includes(':')) return /^f[cd]/i.test(address);
  if (first === 10 || (first === 192 && second === 168)) return true;
  return (first === 172 && second >= 16 && second <= 31) || (first === 100 && second >= 64 && second <= 127);
}

/** Instances of a scale set have ids below that of the set. */
export function isScaleSetInstance({ id, machineId }: NetworkInterface): boolean {
  return /\/virtualmachinescalesets\//i.test(`${id} ${machineId ?? ''}`);
}

/** Whether an id is that of a resource or of something inside it. */
export function isWithin(id: string, resourceId: string): boolean {
  const [inner, outer] = [id.toLowerCase(), resourceId.toLowerCase().replace(/\/+$/, '')];
  return outer !== '' && (inner === outer || inner.startsWith(`${outer}/`));
}

/** The name of a resource by its id; for a scale-set instance the set's name and the instance's number. */
export function resourceName(id: string): string {
  const [, set, instance] = /\/virtualmachinescalesets\/([^/]+)(?:\/virtualmachines\/([^/]+))?/i.exec(id) ?? [];
  if (set !== undefined) return instance === undefined ? set : `${set}/${instance}`;
  return id.slice(id.lastIndexOf('/') + 1);
}

/** Quotes an interface: its addresses, and what it belongs to. */
export function citeInterface(nic: NetworkInterface, says: string): Citation {
  const owner = nic.machineId ?? nic.privateEndpointId;
  const of = owner === undefined ? '' : ` (${resourceName(owner)})`;
  const power = nic.powerState === undefined ? '' : `, ${nic.powerState}`;
  return { evidence: 'nics', quote: `${nic.addresses.slice(0, 3).join(', ')}${of}${power}`, says };
}

/** The interfaces of the machines in the pool's network. Those of scale sets are listed by a command of their own. */
export function interfacesRead(what: string): readonly MissingRead[] {
  return [
    { read: what, evidence: 'nics', command: command('az', 'network', 'nic', 'list', '--output', 'json') },
    {
      evidence: 'nics',
      read: 'The network interfaces of scale-set instances, which the list of interfaces leaves out.',
      command: command(
        ...['az', 'vmss', 'nic', 'list', '--resource-group', '<resource-group>'],
        ...['--vmss-name', '<scale-set>', '--output', 'json'],
      ),
    },
  ];
}

/** The machine behind an address, and whether it runs. */
export function powerStateRead(address: string): MissingRead {
  const query = `[?contains(privateIps || '', '${/^[\w.:-]+$/.test(address) ? address : '<address>'}')].{name:name, power:powerState, addresses:privateIps}`;
  return {
    read: `The machine behind ${address}, and whether it runs.`,
    evidence: 'nics',
    command: command('az', 'vm', 'list', '--show-details', '--query', query, '--output', 'table'),
  };
}
