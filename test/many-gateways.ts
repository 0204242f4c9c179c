import { createServer } from 'node:https';
import { alertFor } from '../src/simulator/alert.ts';
import { type Answer, armError } from '../src/simulator/answer.ts';
import { routeAzure } from '../src/simulator/azure.ts';
import { createServerIdentity } from '../src/simulator/certificates.ts';
import type { Endpoint } from '../src/simulator/faults.ts';
import { type Incoming, LOOPBACK, listen, open, portOf, shut } from '../src/simulator/listener.ts';
import { createOperations } from '../src/simulator/long-running.ts';
import { type ScenarioName, worldOf } from '../src/simulator/scenarios/index.ts';
import type { World } from '../src/simulator/world.ts';

/** Resource Manager and Log Analytics of many gateways in one subscription. The simulator itself plays one. */
export interface ManyGateways {
  readonly url: string;
  /** The certificate that its clients have to trust. */
  readonly caPem: string;
  readonly worlds: readonly World[];
  /** When each request of Resource Manager arrived, in milliseconds; what was throttled is among them. */
  readonly armRequests: readonly number[];
  /** How many of them were answered 429. */
  readonly throttled: () => number;
  readonly close: () => Promise<void>;
}

export interface ManyOptions {
  readonly scenario: ScenarioName;
  readonly names: readonly string[];
  /** Seconds to wait, for a request that Resource Manager throttles; undefined for one that it answers. */
  readonly throttle?: (request: number) => number | undefined;
  /** Changes what a service answers. */
  readonly retell?: (endpoint: Endpoint, answer: Answer) => Answer;
}

export async function startManyGateways({
  scenario,
  names,
  throttle,
  retell = (_endpoint, answer) => answer,
}: ManyOptions): Promise<ManyGateways> {
  const now = () => new Date();
  const worlds = names.map((name, index) => gatewayNamed(worldOf(scenario, now()), name, index));
  const operations = createOperations({ pendingPolls: 0, retryAfterSeconds: 1 }, now);
  const armRequests: number[] = [];
  let throttled = 0;

  const answer = (incoming: Incoming) => {
    const world = worldIn(incoming, worlds);
    const route = world && routeAzure(world, operations, now, { ...incoming, body: incoming.json });
    if (!route) return armError(404, 'NotFound', 'There is nothing here.');
    if (route.service === 'logs') return retell(route.endpoint, route.answer());
    armRequests.push(Date.now());
    const waitSeconds = throttle?.(armRequests.length);
    if (waitSeconds === undefined) return retell(route.endpoint, route.answer());
    throttled += 1;
    return {
      ...armError(429, 'SubscriptionRequestsThrottled', 'Number of requests for subscription exceeded the limit.'),
      headers: { 'Retry-After': String(waitSeconds) },
    };
  };

  const identity = await createServerIdentity();
  const server = createServer({ key: identity.keyPem, cert: identity.certificatePem }, listen(answer));
  await open(server, 0);
  return {
    url: `https://${LOOPBACK}:${portOf(server)}`,
    caPem: identity.caPem,
    worlds,
    armRequests,
    throttled: () => throttled,
    close: () => shut(server),
  };
}

function gatewayNamed(world: World, name: string, index: number): World {
  const workspaceId = `0d0f2b62-5f2b-4a3a-8e60-${String(index).padStart(12, '0')}`;
  return { ...world, gateway: { ...world.gateway, name }, logs: { ...world.logs, workspaceId } };
}

/** The gateway that a request names, in its path or its body; any, where it asks for what they have in common. */
function worldIn({ path, text }: Incoming, worlds: readonly World[]): World | undefined {
  const asked = `${path} ${text}`.toLowerCase();
  const named = worlds.find(({ gateway, logs }) => asked.includes(gateway.name) || asked.includes(logs.workspaceId));
  return named ?? worlds[0];
}

/** What Azure Monitor sends for a gateway: its alert, with some of its essentials changed. */
export function alertOf(
  world: World,
  { alertId, ...changes }: Readonly<Record<string, string>> = {},
  condition: 'Fired' | 'Resolved' = 'Fired',
): string {
  const alert = alertFor(world, { at: new Date(), condition }) as { data: { essentials: Record<string, unknown> } };
  const { essentials } = alert.data;
  // The ids of the simulator come from the rule and the start of the world, which many gateways share.
  Object.assign(essentials, changes, { alertId: `${essentials.alertId}-${world.gateway.name}-${alertId ?? 'first'}` });
  return JSON.stringify(alert);
}

/** Everything at the gateways is well from now on. */
export function mend(worlds: readonly World[]): void {
  for (const [index, world] of worlds.entries()) {
    const { startedAt, gateway, alert } = world;
    Object.assign(world, gatewayNamed(worldOf('all-healthy', new Date(startedAt)), gateway.name, index), { alert });
  }
}
