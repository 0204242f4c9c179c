import type { BackendPool } from './gateway.ts';
import type { Readings } from './readings.ts';
import { sameName } from './resource-id.ts';
import { type Target, targetsOf } from './targets.ts';

/**
 * How a changed resource stands to the gateway: known to be on the way of its requests; of a kind that can be, which was
 * not read; or something else.
 */
export type Relation = 'on-path' | 'maybe' | 'elsewhere';

const ROOT = /^\/subscriptions\/[^/]+\/resourcegroups\/[^/]+\/providers\/[^/]+\/([^/]+)\/[^/]+/i;

/** A resource without what is inside it: the security group of a rule, the scale set of an instance. As it was spelt. */
export function rootOf(id: string): string {
  return ROOT.exec(id)?.[0] ?? id;
}

/** The last part of a root's type, in lower case: `networksecuritygroups`. */
export function typeOf(id: string): string {
  return ROOT.exec(id)?.[1]?.toLowerCase() ?? '';
}

/** Whoever serves the members; others of these types are strangers once every member's owner is known. */
const SERVING = new Set([
  ...['networkinterfaces', 'virtualmachines', 'virtualmachinescalesets', 'sites', 'serverfarms', 'managedclusters'],
  ...['containergroups', 'containerapps', 'managedenvironments', 'loadbalancers', 'privateendpoints', 'service'],
]);

/** What packets, names, certificates and rules of a gateway pass through. */
const ON_THE_WAY = new Set([
  ...['networksecuritygroups', 'routetables', 'virtualnetworks', 'privatednszones', 'dnszones', 'dnsresolvers'],
  ...['publicipaddresses', 'natgateways', 'azurefirewalls', 'firewallpolicies', 'virtualnetworkgateways'],
  ...['virtualhubs', 'connections', 'expressroutecircuits', 'dnsforwardingrulesets', 'vaults'],
  ...['applicationgatewaywebapplicationfirewallpolicies', 'applicationsecuritygroups', 'userassignedidentities'],
]);

export interface Scope {
  readonly relationOf: (resourceId: string) => Relation;
  /** The ids of what is known to be on the path, as they were spelt, the gateway first. */
  readonly known: readonly string[];
}

/** What lies on the path of the gateway's requests, as far as it was read. Pure. */
export function scopeOf(readings: Readings): Scope {
  const addresses = membersOf(readings);
  const nics = (readings.interfaces ?? []).filter(
    (nic) =>
      nic.addresses.some((address) => addresses.has(address)) ||
      nic.fqdns?.some((name) => addresses.has(name.toLowerCase())),
  );
  const owners = (readings.addressOwners ?? []).filter(({ addresses: own, names }) =>
    [...own, ...names].some((one) => addresses.has(one.toLowerCase())),
  );
  const subnets = unique([...(readings.gateway?.subnetIds ?? []), ...nics.flatMap((nic) => nic.subnetIds)]);
  const isOn = (ids: readonly string[], list: readonly string[]) =>
    ids.some((id) => list.some((other) => other.toLowerCase() === id.toLowerCase()));
  const nicIds = [
    ...nics.map(({ id }) => id),
    ...troubleIn(readings).pools.flatMap((pool) => pool.nicIpConfigurationIds),
  ];
  const groups = readings.securityGroups ?? [];
  const tables = readings.routeTables ?? [];
  const ownSubnets = (readings.networks ?? []).flatMap((net) => net.subnets).filter(({ id }) => isOn([id], subnets));
  const known = unique(
    [
      readings.gatewayId ?? readings.gateway?.id ?? readings.backendHealth?.gatewayId,
      ...subnets.map(rootOf),
      ...ownSubnets.flatMap(({ securityGroupId, routeTableId }) => [securityGroupId, routeTableId]),
      ...groups.filter((one) => isOn(one.subnetIds, subnets) || isOn(one.nicIds, nicIds)).map(({ id }) => id),
      ...tables.filter((one) => isOn(one.subnetIds, subnets)).map(({ id }) => id),
      ...(readings.effectiveSecurity ?? []).flatMap((one) => one.groups.map(({ id }) => id)),
      ...nicIds,
      ...nics.flatMap(({ machineId, securityGroupId, privateEndpointId }) => [
        machineId,
        securityGroupId,
        privateEndpointId,
      ]),
      ...owners.map(({ id }) => id),
    ]
      .filter((id) => id !== undefined)
      .map(rootOf),
  );
  const roots = new Set(known.map((id) => id.toLowerCase()));
  const foreign = new Set(
    [...groups, ...tables]
      .filter(({ id, subnetIds }) => id !== undefined && subnetIds.length > 0 && !roots.has(id.toLowerCase()))
      .map(({ id = '' }) => id.toLowerCase()),
  );
  const served = new Set([...nics.flatMap((nic) => [...nic.addresses, ...(nic.fqdns ?? [])])]);
  for (const { addresses: own, names } of owners) for (const one of [...own, ...names]) served.add(one.toLowerCase());
  const isComplete = addresses.size > 0 && [...addresses].every((address) => served.has(address));

  const relationOf = (resourceId: string): Relation => {
    const root = rootOf(resourceId).toLowerCase();
    const type = typeOf(root);
    if (roots.has(root)) return isOtherSubnet(resourceId, subnets) ? 'elsewhere' : 'on-path';
    if (isNamedByMember(root, type, addresses) || isClusterOf(root, type, known)) return 'on-path';
    if (foreign.has(root)) return 'elsewhere';
    if (ON_THE_WAY.has(type)) return 'maybe';
    return SERVING.has(type) && !isComplete ? 'maybe' : 'elsewhere';
  };
  return { relationOf, known };
}

/**
 * What is in trouble; everything, where backend health shows no trouble. What serves a pool that is well is not on the
 * path of what fails.
 */
function troubleIn(readings: Readings): {
  readonly targets: readonly Target[];
  readonly pools: readonly BackendPool[];
} {
  const targets = targetsOf(readings);
  const pools = readings.gateway?.pools ?? [];
  const troubled = targets.filter(
    ({ members }) => members.length === 0 || members.some(({ health }) => health !== 'healthy'),
  );
  if (troubled.length === 0) return { targets, pools };
  const isTroubled = ({ name }: BackendPool) => troubled.some(({ pool }) => sameName(pool, name));
  return { targets: troubled, pools: pools.filter(isTroubled) };
}

/** Addresses and names of the members in trouble, in lower case. */
function membersOf(readings: Readings): ReadonlySet<string> {
  const { targets, pools } = troubleIn(readings);
  const members = [
    ...targets.flatMap((target) => target.members.map(({ address }) => address)),
    ...pools.flatMap((pool) => pool.addresses),
  ];
  const resolved = (readings.probeResults?.observations ?? [])
    .filter(({ member }) => members.some((address) => sameName(address, member)))
    .flatMap(({ resolution }) => resolution?.addresses ?? []);
  return new Set([...members, ...resolved].map((member) => member.toLowerCase().replace(/\.$/, '')));
}

/** A change to a subnet that is named, and is neither the gateway's nor a member's. */
function isOtherSubnet(id: string, subnets: readonly string[]): boolean {
  const [subnet] = /^.*\/virtualnetworks\/[^/]+\/subnets\/[^/]+/i.exec(id) ?? [];
  return subnet !== undefined && !subnets.some((own) => own.toLowerCase() === subnet.toLowerCase());
}

/** An app by its default host name, a private zone by the names in it. */
function isNamedByMember(root: string, type: string, members: ReadonlySet<string>): boolean {
  const name = root.slice(root.lastIndexOf('/') + 1);
  if (type === 'sites') {
    // Newer apps have a digest behind the name: `shop-a1b2c3.westeurope-01.azurewebsites.net`.
    return [...members].some((member) => {
      const [label = '', ...zone] = member.split('.');
      const isApp = zone.join('.').includes('azurewebsites.') || zone.join('.').includes('azurewebsites-');
      return isApp && (label === name || label.startsWith(`${name}-`));
    });
  }
  if (!/^(private)?dnszones$/.test(type)) return false;
  const zone = name.replace(/^privatelink\./, '');
  return [...members].some((member) => member === zone || member.endsWith(`.${zone}`));
}

/** A cluster keeps its machines in a resource group of its own, which bears its name. */
function isClusterOf(root: string, type: string, known: readonly string[]): boolean {
  if (type !== 'managedclusters') return false;
  const [, group = '', name = ''] = /\/resourcegroups\/([^/]+)\/.*\/([^/]+)$/.exec(root) ?? [];
  return known.some((id) => id.toLowerCase().includes(`/resourcegroups/mc_${group}_${name}_`));
}

function unique(ids: readonly string[]): readonly string[] {
  return [...new Map(ids.map((id) => [id.toLowerCase(), id] as const).toReversed()).values()].toReversed();
}
