import type { WorldPlan } from './scenario.ts';
import type { ScenarioName } from './scenarios/index.ts';
import {
  type GatewayPlan,
  holds,
  type Period,
  type PoolPlan,
  type ProbePlan,
  type Service,
  type ServiceAnswer,
  type SettingPlan,
  type World,
} from './world.ts';
import { academyHosts, academyRules } from './worlds/academy.ts';

/** What somebody does about a scenario's trouble. */
export interface Mending {
  /** What was done, in a sentence in the past tense. */
  readonly done: string;
  /** The world from then on. */
  readonly mend: (world: World, fromMinute: number) => WorldPlan;
}

/** An hour before: every trouble that begins while somebody looks on began after it. */
const BEFORE_MINUTE = -60;

/**
 * How each scenario is mended: mostly what was changed is put back, so that everything is again as it was an hour
 * before. Where the trouble is in what nobody changed, or going back is no way out, the change is made here.
 */
const mendings: Readonly<Record<ScenarioName, Mending>> = {
  'wrong-port': {
    done: 'The backend setting http-orders was set to port 80, on which the new instances answer.',
    mend: (world) => withSetting(world, 'http-orders', { port: 80 }),
  },
  'probe-path-404': {
    done: 'The probe was sent to /health/ready, where the health page is now.',
    mend: (world) => withProbe(world, 'probe-orders', { path: '/health/ready' }),
  },
  'probe-auth': putBack('The status page was opened again for whoever has not signed in.'),
  'probe-redirect': {
    done: 'The probe takes the answers 200 to 399 now.',
    mend: (world) => withProbe(world, 'probe-portal', { acceptedStatusCodes: ['200-399'] }),
  },
  'certificate-name': putBack('The machines got a certificate for the name that the gateway asks for.'),
  'expired-certificate': {
    done: 'The certificate was renewed on both machines.',
    mend: (world) =>
      withServices(world, (service) =>
        service.certificate
          ? { ...service, certificate: { ...service.certificate, validFromDay: -1, validUntilDay: 364 } }
          : service,
      ),
  },
  'empty-pool': putBack('The two addresses were put back into the orders pool.'),
  'slow-endpoint': {
    done: 'The gateway waits sixty seconds for the catalog now.',
    mend: (world) => withSetting(world, 'http-catalog', { requestTimeoutSeconds: 60 }),
  },
  'one-member-down': putBack('The web process of the third catalog machine was started again.'),
  'healthy-but-502': putBack('The service behind the search was repaired by its owners.'),
  'gateway-stopped': {
    done: 'The gateway was started.',
    mend: (world, fromMinute) => available({ ...world, gateway: without(world.gateway, 'stopped') }, fromMinute),
  },
  'waf-403': {
    done: 'The rule that took delivery notes for an attack was excluded for that one field.',
    mend: (world) => ({ ...world, demand: world.demand.map((demand) => without(demand, 'wafRule')) }),
  },
  'backend-nsg': putBack('The rule baseline-inbound was taken out of the security group of the orders.'),
  'route-to-appliance': putBack('The route edge-to-inspection was deleted.'),
  'machine-stopped': putBack('The machine of the reports was started.'),
  'stale-members': {
    done: 'The pool got the addresses of the new instances in place of the old ones.',
    mend: (world) => withPool(world, 'pool-orders', ['10.20.4.9', '10.20.4.10']),
  },
  'probe-204': {
    done: 'The probe takes the answers 200 to 399 now.',
    mend: (world) => withProbe(world, 'probe-portal', { acceptedStatusCodes: ['200-399'] }),
  },
  'probe-asks-database': putBack('The database of the payments was brought back.'),
  'gateway-nsg': putBack('The rule segment-edge-outbound was taken out of the gateway’s security group.'),
  'idle-connections': {
    done: 'The catalog keeps idle connections for ten minutes now, longer than the gateway does.',
    mend: withoutClosing,
  },
  'out-of-breath': { done: 'The catalog machines got the memory that the newsletter takes.', mend: withoutClosing },
  'rolling-restart': nothing('The restarts were over; the pipeline lets an instance finish its work from now on.'),
  'large-uploads': { done: 'The limit for the body of a request was raised on the portal.', mend: withoutClosing },
  'search-as-you-type': {
    done: 'The search box waits for a pause before it asks.',
    mend: (world) => ({ ...world, demand: world.demand.map((demand) => without(demand, 'patience')) }),
  },
  'clients-give-up': putBack('The stock report was made quick again by an index.'),
  'host-without-rule': {
    done: 'The ingress got a rule for the exams.',
    mend: (world) => ({
      ...world,
      hosts: academyHosts([
        ...academyRules,
        { host: 'exams.fabrikam.example', status: 200, tookMs: 31, sentBytes: 9800 },
      ]),
    }),
  },
  'pods-not-ready': putBack('The release of the progress API was rolled back.'),
  'pods-moved': nothing('The pool had the new addresses already; the controller writes sooner from now on.'),
  'refused-writes': {
    done: 'The controller got its right back and wrote the new addresses into the pool.',
    mend: (world, fromMinute) => ({
      ...world,
      gateway: {
        ...world.gateway,
        pools: world.gateway.pools.map((pool) => ({
          ...pool,
          members: world.hosts.filter((host) => holds(host, fromMinute)).map(({ address }) => ({ address })),
        })),
      },
    }),
  },
  'partner-timeout': putBack('The partner answers again.'),
  'flash-sale': {
    done: 'The gateway may grow to sixty instances now.',
    mend: (world) => ({ ...world, gateway: { ...world.gateway, maxCapacity: 60 } }),
  },
  'platform-trouble': { done: 'The platform moved the gateway to sound hardware.', mend: available },
  'locked-gateway': {
    done: 'The ReadOnly lock became a CanNotDelete lock, which forbids no question.',
    mend: (world) => ({ ...world, gateway: without(world.gateway, 'locked') }),
  },
  'unknown-and-well': putBack('The platform can ask the gateway again.'),
  'morning-after': nothing('The machine was running already; the schedule leaves it alone from now on.'),
  'green-so-far': putBack('The release of the orders API was rolled back.'),
  'two-at-once': putBack('The network rule was taken out, and the health page of the catalog opened again.'),
  'well-again': nothing('The process had been started anew already.'),
  'unresolved-backend-name': putBack('The private zone was linked to the virtual network again.'),
  'backend-name-wrong-address': putBack('The private zone was linked to the gateway’s network again.'),
  'backend-not-listening': putBack('The configuration was rolled back, and the application started.'),
  'network-path-blocked': putBack('The firewall of the orders machines got a rule that lets the gateway in.'),
  'backend-access-restricted': putBack('The gateway’s subnet was put on the list of the app.'),
  'certificate-untrusted-root': {
    done: 'The authority’s new root was uploaded to the gateway and put beside the old one.',
    mend: (world) => withRoots(world, ['root-corp-a', 'root-corp-b']),
  },
  'certificate-chain-incomplete': putBack('The certificate was installed again, together with its intermediate.'),
  'tls-handshake-failed': putBack('The machines take the gateway’s cipher suites again.'),
  'probe-host-not-served': {
    done: 'The probe asks under the public name of the shop now.',
    mend: (world) => withProbe(world, 'probe-orders', { host: 'shop.fabrikam.example' }),
  },
  'host-header-rejected': {
    done: 'The backend setting sends the app’s own name now, whatever clients asked for.',
    mend: (world) => withSetting(world, 'https-bookings', { pickHostNameFromBackendAddress: true }),
  },
  'probe-timing': {
    done: 'The probe waits thirty seconds now.',
    mend: (world) => withProbe(world, 'probe-orders', { timeoutSeconds: 30 }),
  },
  'probe-body-mismatch': {
    done: 'The probe looks for the new text.',
    mend: (world) => withProbe(world, 'probe-orders', { matchBody: '"status":"UP"' }),
  },
  'probe-path-and-host': {
    done: 'The probe was sent to the new health page, and the application knows the shop’s name again.',
    mend: (world) =>
      withAnswers(
        withProbe(world, 'probe-orders', { path: '/health/ready' }),
        ({ status, host }) => status !== 400 || host === undefined,
      ),
  },
  'all-healthy': {
    done: 'The alert rule was set to what the pool has had for months: two members.',
    mend: (world) => ({
      ...world,
      alert: world.alert.kind === 'metric' ? { ...world.alert, threshold: 2 } : world.alert,
    }),
  },
};

export function mendingOf(name: ScenarioName): Mending {
  return mendings[name];
}

function putBack(done: string): Mending {
  return { done, mend: asBefore };
}

/** What is over by itself needs no change. */
function nothing(done: string): Mending {
  return { done, mend: (world) => world };
}

/** The machines, names, pools, rules and routes of an hour before, from now on; what clients want stays as it is. */
function asBefore(world: World): WorldPlan {
  const { hosts, names, blocked, gateway, network } = world;
  return {
    ...world,
    ...heldAt({ hosts, names, blocked, gateway }, BEFORE_MINUTE),
    ...(network ? { network: heldAt(network, BEFORE_MINUTE) } : {}),
  };
}

/** The value with what held at that minute, without an end; what did not hold is left out, however deep it lies. */
function heldAt<Value>(value: Value, minute: number): Value {
  // Every part is copied by its own shape, so the shape of the whole stays what it was.
  return copyHeld(value, minute) as Value;
}

function copyHeld(value: unknown, minute: number): unknown {
  if (Array.isArray(value)) {
    return value.filter((item) => !isPeriod(item) || holds(item, minute)).map((item) => copyHeld(item, minute));
  }
  if (typeof value !== 'object' || value === null) return value;
  const { fromMinute: _from, untilMinute: _until, ...rest } = value as Period & Record<string, unknown>;
  const kept = Object.entries(rest).filter(([, part]) => Array.isArray(part) || !isPeriod(part) || holds(part, minute));
  return Object.fromEntries(kept.map(([key, part]) => [key, copyHeld(part, minute)]));
}

function isPeriod(value: unknown): value is Period {
  return typeof value === 'object' && value !== null && ('fromMinute' in value || 'untilMinute' in value);
}

function available<Plan extends WorldPlan>(world: Plan, fromMinute: number): Plan {
  const summary = "There aren't any known Azure platform problems affecting this application gateway.";
  return {
    ...world,
    availability: [...world.availability, { fromMinute, state: 'Available', title: 'Available', summary }],
  };
}

function withGateway(world: World, change: (gateway: GatewayPlan) => Partial<GatewayPlan>): World {
  return { ...world, gateway: { ...world.gateway, ...change(world.gateway) } };
}

function withSetting(world: World, name: string, change: Partial<SettingPlan>): World {
  return withGateway(world, ({ settings }) => ({ settings: changed(settings, name, change) }));
}

function withProbe(world: World, name: string, change: Partial<ProbePlan>): World {
  return withGateway(world, ({ probes }) => ({ probes: changed(probes, name, change) }));
}

function withPool(world: World, name: string, addresses: readonly string[]): World {
  const change: Partial<PoolPlan> = { members: addresses.map((address) => ({ address })) };
  return withGateway(world, ({ pools }) => ({ pools: changed(pools, name, change) }));
}

function withRoots(world: World, trustedRoots: readonly string[]): World {
  return withGateway(world, ({ settings }) => ({
    trustedRoots,
    settings: settings.map((setting) => ({ ...setting, trustedRoots })),
  }));
}

function changed<Named extends { readonly name: string }>(
  all: readonly Named[],
  name: string,
  change: Partial<Named>,
): readonly Named[] {
  return all.map((each) => (each.name === name ? { ...each, ...change } : each));
}

function withServices(world: World, change: (service: Service) => Service): World {
  return { ...world, hosts: world.hosts.map((host) => ({ ...host, serves: host.serves.map(change) })) };
}

function withoutClosing(world: World): World {
  return withServices(world, (service) => without(service, 'closes'));
}

function withAnswers(world: World, keeps: (answer: ServiceAnswer) => boolean): World {
  return withServices(world, (service) => ({ ...service, answers: service.answers.filter(keeps) }));
}

function without<Whole extends object, Key extends keyof Whole>(whole: Whole, key: Key): Omit<Whole, Key> {
  const { [key]: _gone, ...rest } = whole;
  return rest;
}
