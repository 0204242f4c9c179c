import type { AddressOwner } from '../core/network.ts';
import type { Readings } from '../core/readings.ts';
import { lastSegment, sameName } from '../core/resource-id.ts';
import { command } from '../core/shell.ts';
import type { Citation, MissingRead } from '../core/verdict.ts';

/** What a member is that has no network interface: a load balancer's frontend, an app, a public address. */

/** The owners of a member's address or name. Networks overlap, so an address can seem to have several. */
export function ownersOf({ addressOwners = [] }: Readings, address: string): readonly AddressOwner[] {
  return addressOwners.filter(({ addresses, names }) => [...addresses, ...names].some((own) => sameName(own, address)));
}

/** The load balancer that Kubernetes makes for its services, by the name that it always gives it. */
export function isOfCluster({ kind, name = '' }: AddressOwner): boolean {
  return kind === 'load-balancer' && /^kubernetes(-internal)?$/i.test(name);
}

const KINDS: Readonly<Record<AddressOwner['kind'], string>> = {
  'load-balancer': 'load balancer',
  firewall: 'firewall',
  'public-address': 'public address',
  app: 'app',
  storage: 'storage account',
  containers: 'container group',
};

export function describeOwner(owner: AddressOwner): string {
  const name = owner.name ?? lastSegment(owner.id);
  return isOfCluster(owner) ? `the load balancer of a cluster (${name})` : `${KINDS[owner.kind]} ${name}`;
}

export function citeOwner(owner: AddressOwner, says: string): Citation {
  const held = [...owner.addresses, ...owner.names].slice(0, 2).join(', ');
  const state = owner.state === undefined ? '' : `, "state": "${owner.state}"`;
  return {
    evidence: 'address-owners',
    quote: `"name": "${owner.name ?? lastSegment(owner.id)}": ${held}${state}`,
    says,
  };
}

export function ownersRead(read: string): MissingRead {
  const query = '[].{name:name, addresses:frontendIPConfigurations[].privateIPAddress}';
  return {
    evidence: 'address-owners',
    read,
    command: command('az', 'network', 'lb', 'list', '--query', query, '--output', 'json'),
  };
}
