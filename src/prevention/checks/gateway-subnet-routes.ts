import { parseRange, prefixLength } from '../../core/address-range.ts';
import { isPrivateOnly } from '../../core/gateway.ts';
import type { NetworkRoute, RouteTable } from '../../core/network.ts';
import { isPublic, routeFor } from '../../core/network-rules.ts';
import { lastSegment, sameName } from '../../core/resource-id.ts';
import { command } from '../../core/shell.ts';
import type { Citation, FixStep } from '../../core/verdict.ts';
import { isIpAddress } from '../../reasoning/backend-address.ts';
import { gatewayNetworkRead, gatewaySubnet } from '../../reasoning/gateway-network.ts';
import { gatewayTableRead } from '../../reasoning/member-network.ts';
import { type AuditReadings, type Check, type Finding, found, type Judgement, notJudged } from '../check.ts';
import { costOfPool, isHealthy, scopeIn, usedTargets, withGateway } from '../in-use.ts';

export const gatewaySubnetRoutes = {
  id: 'gateway-subnet-routes',
  title: "The route table of the gateway's subnet leads traffic away",
  costsUpTo: 'outage',
  prevents: ['route-diverts-traffic', 'health-not-readable', 'network-path-blocked'],
  reads: ['gateway', 'virtual-network', 'route-table', 'backend-health'],
  meaning:
    'A default route of the gateway subnet that leads to an appliance, a network gateway or nowhere is not supported on v2: ' +
    'health is lost and updates fail, though traffic may go on for a while. A route that drops the packets for a member takes ' +
    'it away for good.',
  blindSpots: [
    'Routes that are learned over BGP are in no route table.',
    'A deployment with a private frontend alone may send its default route to an appliance.',
  ],
  judge,
} satisfies Check;

function judge(readings: AuditReadings): Judgement {
  return withGateway(readings, (gateway) => {
    const table = ownTable(readings);
    if (table === 'none') return found();
    if (table === undefined) {
      return notJudged(...(readings.networks ? [] : [gatewayNetworkRead(readings)]), gatewayTableRead(readings));
    }
    return found(
      ...(isPrivateOnly(gateway) ? [] : defaultFindings(readings, table)),
      ...memberFindings(readings, table),
    );
  });
}

function ownTable(readings: AuditReadings): RouteTable | 'none' | undefined {
  const subnet = gatewaySubnet(readings);
  const subnets = readings.gateway?.subnetIds ?? [];
  const own = readings.routeTables?.find(
    ({ id, subnetIds }) =>
      subnetIds.some((of) => subnets.some((one) => sameName(one, of))) ||
      (id !== undefined && subnet?.routeTableId !== undefined && sameName(id, subnet.routeTableId)),
  );
  return own ?? (subnet && subnet.routeTableId === undefined ? 'none' : undefined);
}

/** Everything, or a half of everything: two halves are let through where the whole is refused, and do the same. */
function isDefault(prefix: string): boolean {
  const range = parseRange(prefix);
  return range?.family === 4 && (prefixLength(range) ?? 32) <= 1;
}

function defaultFindings(readings: AuditReadings, table: RouteTable): readonly Finding[] {
  return table.routes
    .filter(({ isActive, nextHopType }) => isActive && !sameName(nextHopType, 'Internet'))
    .filter(({ prefixes }) => prefixes.some(isDefault))
    .map((route) => {
      const prefix = route.prefixes.find(isDefault) ?? '0.0.0.0/0';
      return {
        cost: 'outage',
        nearness: 'someday',
        scope: scopeIn(readings, { resource: `${nameOf(table)}/${route.name ?? prefix}` }),
        says: `Route table ${nameOf(table)} sends ${prefix} to ${hopOf(route)}, which v2 gateways do not support.`,
        because: [citeRoute(route, prefix, 'This route decides about public addresses, the platform among them.')],
        fix: [
          routeStep(table, route, 'Let the default route of this subnet lead to the Internet.', [
            '--next-hop-type',
            'Internet',
          ]),
        ],
      };
    });
}

/** Members whose packets are dropped, or sent out to the Internet though their address is private. */
function memberFindings(readings: AuditReadings, table: RouteTable): readonly Finding[] {
  return usedTargets(readings).flatMap((target): readonly Finding[] => {
    if (isHealthy(target.members)) return [];
    const lost = target.poolConfig.addresses.filter(isIpAddress).flatMap((address) => {
      const chosen = routeFor(table.routes, address);
      if (chosen.outcome !== 'decided' || isDefault(chosen.prefix)) return [];
      const { route, prefix } = chosen;
      const isLost =
        sameName(route.nextHopType, 'None') || (sameName(route.nextHopType, 'Internet') && isPublic(address) === false);
      return isLost ? [{ address, route, prefix }] : [];
    });
    const [first] = lost;
    if (!first) return [];
    const isAll = lost.length === target.poolConfig.addresses.length;
    return [
      {
        cost: isAll ? costOfPool(readings, target.pool) : 'requests',
        nearness: target.members.some(({ health }) => health === 'unhealthy') ? 'now' : 'someday',
        scope: scopeIn(readings, {
          pool: target.pool,
          setting: target.setting,
          members: lost.map(({ address }) => address),
          resource: nameOf(table),
        }),
        says: `Route table ${nameOf(table)} sends the packets for ${lost.length} members of ${target.pool} to ${hopOf(first.route)}.`,
        because: [citeRoute(first.route, first.prefix, `This route decides about ${first.address}.`)],
        fix: [
          routeStep(table, first.route, 'Let the route lead to where the members are.', [
            '--next-hop-type',
            '<VnetLocal, or where the members are>',
          ]),
        ],
      },
    ];
  });
}

function hopOf({ nextHopType, nextHopAddresses: [address] }: NetworkRoute): string {
  return address === undefined ? nextHopType : `${nextHopType} ${address}`;
}

function citeRoute(route: NetworkRoute, prefix: string, says: string): Citation {
  const quote = `"addressPrefix": "${prefix}", "nextHopType": "${route.nextHopType}"`;
  return { evidence: 'route-table', quote, says };
}

function routeStep(table: RouteTable, route: NetworkRoute, text: string, options: readonly string[]): FixStep {
  const [, resourceGroup = '<resource-group of the route table>'] =
    /\/resourcegroups\/([^/]+)/i.exec(table.id ?? '') ?? [];
  const update = (...changed: readonly string[]) =>
    command(
      ...['az', 'network', 'route-table', 'route', 'update', '--resource-group', resourceGroup],
      ...['--route-table-name', nameOf(table), '--name', route.name ?? '<route>', ...changed],
    );
  const [address] = route.nextHopAddresses;
  return {
    text,
    command: update(...options),
    undo: update(
      ...['--next-hop-type', route.nextHopType],
      ...(address === undefined ? [] : ['--next-hop-ip-address', address]),
    ),
  };
}

function nameOf({ name, id }: RouteTable): string {
  return name ?? (id === undefined ? '<route table>' : lastSegment(id));
}
