import { answerActivityLog } from './activity-log.ts';
import { type Answer, armError, ok } from './answer.ts';
import {
  armInterface,
  armRouteTable,
  armSecurityGroup,
  armSubnet,
  armVirtualNetwork,
  effectiveRoutes,
  effectiveSecurityGroups,
  networkWatcher,
  WATCHER_GROUP,
} from './arm-network.ts';
import type { AzureRequest, AzureRoute } from './azure.ts';
import { checkConnectivity } from './connectivity.ts';
import type { Endpoint, LongRunning } from './faults.ts';
import type { Operations } from './long-running.ts';
import { type Interface, interfacesAt, networkId, networkOf } from './network.ts';
import { nextHop, verifyFlow } from './path-tests.ts';
import { answerGraphQuery } from './resource-graph.ts';
import { minuteOf, type World } from './world.ts';

const GRAPH = /^\/providers\/microsoft\.resourcegraph\/resources$/i;
const EVENTS = /^\/subscriptions\/([^/]+)\/providers\/microsoft\.insights\/eventtypes\/management\/values$/i;
const WATCHERS = /^\/subscriptions\/([^/]+)\/providers\/microsoft\.network\/networkwatchers$/i;
const IN_GROUP =
  /^\/subscriptions\/([^/]+)\/resourcegroups\/([^/]+)\/providers\/microsoft\.(network|compute)\/(networkinterfaces|networksecuritygroups|routetables|networkwatchers|virtualnetworks|virtualmachinescalesets)\/([^/]+)(\/.*)?$/i;

/** The services around the gateway: Resource Graph, the activity log, and the resources of the network. */
export function routeNetwork(
  world: World,
  operations: Operations,
  now: () => Date,
  { method, path, query, origin, body }: AzureRequest,
): AzureRoute | undefined {
  const minute = () => minuteOf(world, now());
  const route = (endpoint: Endpoint, answer: () => Answer): AzureRoute => ({ endpoint, service: 'arm', answer });
  if (method === 'POST' && GRAPH.test(path))
    return route('resource-graph', () => answerGraphQuery(world, body, minute()));

  const [, subscription, group = '', , type = '', name = '', rest = ''] =
    IN_GROUP.exec(path) ?? EVENTS.exec(path) ?? WATCHERS.exec(path) ?? [];
  if (subscription === undefined) return undefined;
  const guarded = (endpoint: Endpoint, answer: () => Answer): AzureRoute =>
    route(endpoint, () => refuse(world, query, subscription, group) ?? answer());
  const started = (endpoint: LongRunning, result: () => Answer): AzureRoute => ({
    ...guarded(endpoint, () => {
      // What is refused is refused at once; only a result takes its time.
      const early = result();
      return early.status === 200
        ? operations.start(origin, world.subscription, world.location, result, endpoint)
        : early;
    }),
    result,
  });
  const same = (other: { readonly name: string }) => other.name.toLowerCase() === name.toLowerCase();
  const missing = () => notFound(type, name);
  const network = networkOf(world);
  switch (`${method} ${type.toLowerCase()}${rest.toLowerCase()}`) {
    case 'GET ':
      return EVENTS.test(path)
        ? guarded('activity-log', () => answerActivityLog(world, query, origin, minute()))
        : guarded('network-watchers', () => ok({ value: [networkWatcher(world)] }));
    case 'POST networkwatchers/connectivitycheck':
      return started('connectivity-check', () =>
        networkWatcher(world).name === name ? checkConnectivity(world, body, minute()) : missing(),
      );
    case 'POST networkwatchers/ipflowverify':
      return started('ip-flow', () =>
        networkWatcher(world).name === name ? verifyFlow(world, body, minute()) : missing(),
      );
    case 'POST networkwatchers/nexthop':
      return started('next-hop', () =>
        networkWatcher(world).name === name ? nextHop(world, body, minute()) : missing(),
      );
    case 'GET virtualnetworks':
      return guarded('virtual-network', () =>
        networkId(world).toLowerCase().endsWith(`/${name.toLowerCase()}`)
          ? ok(armVirtualNetwork(world, minute()))
          : missing(),
      );
    case 'POST networkinterfaces/effectivenetworksecuritygroups':
      return started('effective-nsg', () =>
        ofRunning(world, name, minute(), 'SecurityGroups', (nic) => effectiveSecurityGroups(world, nic, minute())),
      );
    case 'POST networkinterfaces/effectiveroutetable':
      return started('effective-routes', () =>
        ofRunning(world, name, minute(), 'Routes', (nic) => effectiveRoutes(world, nic, minute())),
      );
    case 'GET networksecuritygroups':
      return guarded('nsg', () => {
        const found = network.securityGroups.find(same);
        return found ? ok(armSecurityGroup(world, found, minute())) : missing();
      });
    case 'GET routetables':
      return guarded('route-table', () => {
        const found = network.routeTables.find(same);
        return found ? ok(armRouteTable(world, found, minute())) : missing();
      });
    case 'GET virtualmachinescalesets/networkinterfaces':
      return guarded('scale-set-nics', () => {
        const isSet = world.hosts.some(({ scaleSet }) => scaleSet?.toLowerCase() === name.toLowerCase());
        const own = interfacesAt(world, minute()).filter(
          ({ host }) => host.scaleSet?.toLowerCase() === name.toLowerCase(),
        );
        return isSet ? ok({ value: own.map((nic) => armInterface(world, nic)) }) : missing();
      });
    default: {
      const [, subnet] =
        /^GET virtualnetworks\/subnets\/([^/]+)$/.exec(`${method} ${type.toLowerCase()}${rest.toLowerCase()}`) ?? [];
      if (subnet === undefined) return undefined;
      return guarded('subnet', () => {
        const isOwn = networkId(world).toLowerCase().endsWith(`/${name.toLowerCase()}`);
        const found = network.subnets.find((candidate) => candidate.name.toLowerCase() === subnet);
        return isOwn && found ? ok(armSubnet(world, found, minute())) : notFound('virtualNetworks/subnets', subnet);
      });
    }
  }
}

/** Effective rules and routes exist only while the machine of the interface runs. */
function ofRunning(
  world: World,
  name: string,
  minute: number,
  what: 'Routes' | 'SecurityGroups',
  show: (nic: Interface) => unknown,
): Answer {
  const nic = interfacesAt(world, minute).find(
    (candidate) => candidate.name.toLowerCase() === name.toLowerCase() && candidate.host.scaleSet === undefined,
  );
  if (!nic) return notFound('networkInterfaces', name);
  if (nic.isRunning) return ok(show(nic));
  const words = what === 'Routes' ? 'routes' : 'security groups';
  return {
    status: 400,
    body: {
      error: {
        code: `NicMustBeAttachedToRunningVmToGetEffective${what}`,
        message: `A network interface must be attached to a running virtual machine to get effective ${words}. The network interface ${nic.id} is not attached to a running virtual machine.`,
        details: [],
      },
    },
  };
}

function refuse(world: World, query: URLSearchParams, subscription: string, group: string): Answer | undefined {
  if (!query.get('api-version')) {
    return armError(400, 'MissingApiVersionParameter', 'The api-version query parameter (?api-version=) is required.');
  }
  if (subscription.toLowerCase() !== world.subscription) {
    return armError(404, 'SubscriptionNotFound', `The subscription '${subscription}' could not be found.`);
  }
  const groups = ['', world.resourceGroup, WATCHER_GROUP].map((known) => known.toLowerCase());
  return groups.includes(group.toLowerCase())
    ? undefined
    : armError(404, 'ResourceGroupNotFound', `Resource group '${group}' could not be found.`);
}

function notFound(type: string, name: string): Answer {
  return armError(404, 'ResourceNotFound', `The Resource 'Microsoft.Network/${type}/${name}' was not found.`);
}
