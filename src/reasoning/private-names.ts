import { isPrivateOnly, isV1 } from '../core/gateway.ts';
import type { PrivateEndpoint, PrivateZone, ZoneLink, ZoneRecord } from '../core/network.ts';
import type { Readings } from '../core/readings.ts';
import { sameName } from '../core/resource-id.ts';
import { command } from '../core/shell.ts';
import type { Citation, MissingRead } from '../core/verdict.ts';
import { gatewayNetwork } from './gateway-network.ts';

/**
 * What the private zones that were read make of a member's name, for whoever asks the DNS of Azure from the gateway's
 * network. A zone counts there only where it is linked to that very network; of several linked zones the closest decides.
 */

/** The DNS of Azure, by the address at which a network can name it as its own server. */
const AZURE_DNS = '168.63.129.16';

/**
 * Names that a gateway with a public address asks the DNS of Azure for, whatever servers its network has. Its platform
 * needs these domains for its own management, so this holds for the names of a storage account but not for those of an app.
 */
const MANAGEMENT_NAME =
  /\.(windows\.net|chinacloudapi\.cn|azure\.net|azure\.cn|usgovcloudapi\.net|azure\.us|microsoft\.com)$/i;

export interface Asked {
  /** True: the DNS of Azure. False: servers of one's own, of which nothing more is known. */
  readonly isAzure: boolean;
  readonly citation: Citation;
}

/** Whom the gateway asks for a name; undefined where its network was not read. */
export function askedFor(readings: Readings, name: string): Asked | undefined {
  const network = gatewayNetwork(readings);
  if (!network) return undefined;
  const quote = `"dnsServers": [${network.dnsServers.map((server) => `"${server}"`).join(', ')}]`;
  const cite = (says: string): Citation => ({ evidence: 'virtual-network', quote, says });
  if (network.dnsServers.every((server) => server === AZURE_DNS))
    return { isAzure: true, citation: cite("The gateway's network asks the DNS of Azure.") };
  // A gateway with a private side only asks the servers of its network for everything.
  const { gateway } = readings;
  const isPublic = gateway?.frontends?.isPublic === true && !isV1(gateway) && !isPrivateOnly(gateway);
  if (isPublic && MANAGEMENT_NAME.test(name)) {
    const says = 'The network has DNS servers of its own, but a public gateway asks the DNS of Azure for this domain.';
    return { isAzure: true, citation: cite(says) };
  }
  return { isAzure: false, citation: cite("The gateway's network has DNS servers of its own.") };
}

export interface NameStanding {
  /**
   * `unlinked`: a zone has a record for the name, and no zone that could decide about it is linked to the gateway's network.
   * `no-record`: the closest linked zone has none, and nothing else is asked then, so the name does not exist.
   * `recorded`: the closest linked zone has one.
   */
  readonly kind: 'unlinked' | 'no-record' | 'recorded';
  readonly zone: PrivateZone;
  readonly record?: ZoneRecord;
  /** Whether it is the zone of private endpoints: then the public name leads into it only where an endpoint was made. */
  readonly isPrivateLink: boolean;
}

/** What the zones make of a name; undefined where none that was read can hold it, or its links or records were not read. */
export function standingOfName(readings: Readings, name: string): NameStanding | undefined {
  const network = gatewayNetwork(readings);
  const candidates = aliasesOf(name).flatMap((alias) =>
    (readings.privateDns?.zones ?? []).flatMap((zone) => {
      const label = labelIn(zone, alias);
      return label === undefined ? [] : [{ zone, label }];
    }),
  );
  if (!network || candidates.length === 0) return undefined;
  if (candidates.some(({ zone }) => zone.links === undefined)) return undefined;
  const linked = candidates.filter(({ zone }) => linkTo(zone, network.id) !== undefined);
  const isPrivateLink = ({ name: zoneName }: PrivateZone) => zoneName.startsWith('privatelink.');
  // The name itself is looked up before the one that it leads to in the zone of private endpoints.
  const [closest] = linked.toSorted(
    (left, right) =>
      Number(isPrivateLink(left.zone)) - Number(isPrivateLink(right.zone)) ||
      right.zone.name.length - left.zone.name.length,
  );
  if (closest) {
    const { zone, label } = closest;
    const record = recordFor(zone, label);
    const base = { zone, isPrivateLink: isPrivateLink(zone) };
    if (record) return { ...base, kind: 'recorded', record };
    if (zone.records === undefined || linkTo(zone, network.id)?.fallsBack !== false) return undefined;
    return { ...base, kind: 'no-record' };
  }
  for (const { zone, label } of candidates) {
    const record = recordFor(zone, label);
    if (record) return { kind: 'unlinked', zone, record, isPrivateLink: isPrivateLink(zone) };
  }
  return undefined;
}

/** The name, and the names that it leads to where a private endpoint was made for it: `privatelink` after a label. */
function aliasesOf(name: string): readonly string[] {
  const labels = name.toLowerCase().replace(/\.$/, '').split('.');
  const inserted = labels
    .slice(1, -1)
    .map((_, index) => [...labels.slice(0, index + 1), 'privatelink', ...labels.slice(index + 1)].join('.'));
  return [labels.join('.'), ...(labels.includes('privatelink') ? [] : inserted)];
}

/** What a name is called inside a zone; undefined where it is not in there. */
function labelIn({ name: zone }: PrivateZone, alias: string): string | undefined {
  if (alias === zone) return '@';
  // A zone of endpoints is met by names that lead into it only, never by a name's own suffix.
  return alias.endsWith(`.${zone}`) ? alias.slice(0, -zone.length - 1) : undefined;
}

function linkTo({ links = [] }: PrivateZone, networkId: string): ZoneLink | undefined {
  return links.find((link) => sameName(link.networkId, networkId));
}

/** The record of a label, or the wildcard that stands for it. */
function recordFor({ records = [] }: PrivateZone, label: string): ZoneRecord | undefined {
  const labels = label.split('.');
  const names = [label, ...labels.map((_, index) => ['*', ...labels.slice(index + 1)].join('.'))];
  return names
    .flatMap((name) => records.filter((record) => sameName(record.name, name)))
    .find(({ values }) => values.length > 0);
}

export function citeZone({ kind, zone, record }: NameStanding, name: string): Citation {
  const to = record ? `, "${record.name}" ${record.type} ${record.values.slice(0, 2).join(', ')}` : '';
  const quote = `"name": "${zone.name}", links: ${zone.links?.length ?? 0}${to}`;
  const says = {
    unlinked: `A private zone holds ${name}, and is not linked to the network of the gateway.`,
    'no-record': `Private zone ${zone.name} is linked to the network of the gateway and has no record for ${name}, so the name ends there.`,
    recorded: `Private zone ${zone.name}, linked to the network of the gateway, leads ${name} to ${record?.values[0] ?? 'a record'}.`,
  }[kind];
  return { evidence: 'private-dns', quote, says };
}

/** The private endpoints that were made for a name, or for the app or account whose name it is. */
export function privateEndpointsFor({ privateDns }: Readings, name: string): readonly PrivateEndpoint[] {
  const label = name.split('.')[0]?.toLowerCase() ?? '';
  return (privateDns?.endpoints ?? []).filter(
    ({ fqdns, targetId }) =>
      fqdns.some((fqdn) => sameName(fqdn, name)) ||
      (targetId !== undefined && isPlatformName(name) && targetId.toLowerCase().endsWith(`/${label}`)),
  );
}

/** Names of which the first label is the name of a resource, and of nothing else. */
function isPlatformName(name: string): boolean {
  return /\.(azurewebsites\.(net|us)|(blob|web)\.core\.(windows\.net|usgovcloudapi\.net|chinacloudapi\.cn)|azure-api\.(net|us|cn))$/i.test(
    name,
  );
}

/** The zones, their links and records, and the private endpoints. */
export function privateDnsRead(name: string): MissingRead {
  const query = '[].{zone:name, group:resourceGroup}';
  return {
    evidence: 'private-dns',
    read: `The private zones that can hold ${name}, the networks that they are linked to, and their records.`,
    command: command('az', 'network', 'private-dns', 'zone', 'list', '--query', query, '--output', 'table'),
  };
}
