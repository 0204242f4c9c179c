import { type Answer, armError, ok } from './answer.ts';
import { interfacesAt, routeTableId, securityGroupId } from './network.ts';
import { type Obstacle, obstacleTo } from './packet-filter.ts';
import { addressesOf, reach } from './probing.ts';
import { gatewayId, scatterGuid, type World } from './world.ts';

const PROBES = 66;

/** Network Watcher's answer to a connectivity check from the gateway: the hops, and what is in the way at which of them. */
export function checkConnectivity(world: World, body: unknown, minute: number): Answer {
  const { source, destination } = (typeof body === 'object' && body !== null ? body : {}) as Readonly<
    Record<string, Readonly<Record<string, unknown>> | undefined>
  >;
  const from = String(source?.resourceId ?? '');
  const port = Number(destination?.port);
  const wanted = String(destination?.address ?? '');
  if (from.toLowerCase() !== gatewayId(world).toLowerCase()) {
    return armError(400, 'InvalidResourceId', 'The source of the check is no resource that checks can begin at.');
  }
  if (wanted === '' || !Number.isInteger(port)) {
    return armError(400, 'InvalidRequestFormat', 'The destination needs an address and a port.');
  }
  const [address] = addressesOf(world, wanted, minute);
  return ok(address === undefined ? unresolved(world, wanted) : walk(world, address, port, minute));
}

function walk(world: World, address: string, port: number, minute: number): unknown {
  const obstacle = obstacleTo(world, address, port, minute);
  const isReached = !obstacle && reach(world, address, port, minute).kind === 'service';
  const nic = interfacesAt(world, minute).find(({ host }) => host.address === address);
  const ids = ['source', 'destination'].map((end) => scatterGuid(`${world.startedAt}|${address}|${port}|${end}`));
  const issues = (at: Obstacle['at']) =>
    obstacle?.at === at && obstacle.kind !== 'peering' ? [issueOf(world, obstacle)] : [];
  return {
    hops: [
      {
        type: 'Source',
        id: ids[0],
        address: world.gateway.subnetPrefix.replace(/\.\d+\/\d+$/, '.4'),
        resourceId: gatewayId(world),
        nextHopIds: [ids[1]],
        issues: issues('gateway'),
      },
      {
        type: nic ? 'VirtualMachine' : 'VnetLocal',
        id: ids[1],
        address,
        ...(nic ? { resourceId: nic.id } : {}),
        nextHopIds: [],
        issues: issues('member'),
      },
    ],
    connectionStatus: isReached ? 'Reachable' : 'Unreachable',
    ...(isReached ? { avgLatencyInMs: 2, minLatencyInMs: 1, maxLatencyInMs: 7 } : {}),
    probesSent: PROBES,
    probesFailed: isReached ? 0 : PROBES,
  };
}

/** A peering that is gone leaves no issue: the packets just have no way. */
function issueOf(world: World, obstacle: Exclude<Obstacle, { readonly kind: 'peering' }>): unknown {
  const origin = obstacle.at === 'gateway' ? 'Outbound' : 'Inbound';
  if (obstacle.kind === 'security-rule') {
    const context = [
      { key: 'RuleName', value: `UserRule_${obstacle.rule.name}` },
      { key: 'NetworkSecurityGroupId', value: securityGroupId(world, obstacle.group) },
    ];
    return { origin, severity: 'Error', type: 'NetworkSecurityRule', context };
  }
  const context = [
    { key: 'RouteType', value: 'User' },
    { key: 'AddressPrefix', value: obstacle.route.prefix },
    { key: 'NextHopType', value: obstacle.route.nextHopType },
    { key: 'RouteTableId', value: routeTableId(world, obstacle.table) },
  ];
  // The way back is the destination's outbound side.
  return { origin: 'Outbound', severity: 'Error', type: 'UserDefinedRoute', context };
}

function unresolved(world: World, name: string): unknown {
  const issue = { origin: 'Outbound', severity: 'Error', type: 'DnsResolution', context: [] };
  return {
    hops: [
      {
        type: 'Source',
        id: scatterGuid(`${world.startedAt}|${name}`),
        address: world.gateway.subnetPrefix.replace(/\.\d+\/\d+$/, '.4'),
        resourceId: gatewayId(world),
        nextHopIds: [],
        issues: [issue],
      },
    ],
    connectionStatus: 'Unreachable',
    probesSent: 0,
    probesFailed: 0,
  };
}
