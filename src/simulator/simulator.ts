import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { alertFor } from './alert.ts';
import { type Answer, armError, ok } from './answer.ts';
import { routeAzure } from './azure.ts';
import { createServerIdentity } from './certificates.ts';
import { createCredentials } from './credentials.ts';
import { faultAnswer } from './fault-answers.ts';
import { createFaults, type Endpoint, type Fault, readFault } from './faults.ts';
import { createInbox, type Inbox } from './inbox.ts';
import { type Incoming, LOOPBACK, listen, open, portOf, shut } from './listener.ts';
import { createOperations } from './long-running.ts';
import { type DrillPlaces, type Members, startMembers } from './members.ts';
import { createAuthorities, privateRootData } from './members-certificates.ts';
import { createReceivers, isTaken, receiverAt } from './receivers/index.ts';
import type { WorldPlan } from './scenario.ts';
import { isScenarioName, type ScenarioName, scenarios, worldOf } from './scenarios/index.ts';
import type { SetUpPlan } from './set-up.ts';
import { type Stream, startStream } from './stream.ts';
import { gatewayId, minuteOf, type World } from './world.ts';

export interface SimulatorOptions {
  readonly scenario: ScenarioName;
  /** A world to play in place of the scenario's. */
  readonly world?: WorldPlan;
  /** 0 means any free port. */
  readonly httpsPort?: number;
  readonly httpPort?: number;
  readonly now?: () => Date;
  readonly faults?: readonly Fault[];
  /** How many polls of backend health are answered 202 first. The real service takes several. */
  readonly pendingPolls?: number;
  /**
   * The Retry-After of backend health's 202; 1 where absent. The real service says 10, and a drill is not kept waiting.
   * The SDK takes 0 for nothing said, and waits its own two seconds.
   */
  readonly retryAfterSeconds?: number;
  /** Whether the members of the world run as real servers as well, for whoever wants to connect to them. */
  readonly members?: boolean;
  /** Whether there are event hubs, to which the gateway's diagnostic setting and the action group send. */
  readonly stream?: boolean;
  /** What is set up around the gateway, in place of the usual. */
  readonly setUp?: SetUpPlan;
}

export interface Simulator {
  /** Azure Resource Manager, and under `/v1` Log Analytics. */
  readonly httpsUrl: string;
  /** The managed identity, the receivers, and `/sim`. */
  readonly httpUrl: string;
  /** The certificate that clients of `httpsUrl` have to trust. */
  readonly caPem: string;
  /** The environment in which `ManagedIdentityCredential` finds this simulator, as on App Service. */
  readonly identity: { readonly IDENTITY_ENDPOINT: string; readonly IDENTITY_HEADER: string };
  /** As it is now: another one once it is mended. */
  readonly world: World;
  /** Puts another world in its place from the next whole minute on; what was until then stays. Returns that minute. */
  readonly mend: (mended: (world: World, fromMinute: number) => WorldPlan) => number;
  readonly inbox: Inbox;
  /** Where the members are, in the form in which the prober is told; absent where they do not run. */
  readonly drill?: DrillPlaces;
  /** Absent where it was not asked for. */
  readonly stream?: Stream;
  /** What Azure Monitor would post for this world's alert rule now. */
  readonly alert: (condition?: 'Fired' | 'Resolved') => unknown;
  readonly setFault: (fault: Fault) => void;
  /** Clears the faults of one endpoint, or of all. */
  readonly clearFaults: (endpoint?: Endpoint) => void;
  /** Requests that each endpoint has been sent so far, polls included, answered well or not. */
  readonly requests: (endpoint: Endpoint) => number;
  /** Cuts what still hangs, and returns when all ports are free. */
  readonly close: () => Promise<void>;
}

/** Starts Azure on loopback, playing one scenario. Rejects where a port is taken or the scenario is unknown. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { scenario, now = () => new Date(), pendingPolls = 1, retryAfterSeconds = 1 } = options;
  if (!isScenarioName(scenario)) throw new Error('There is no scenario of this name.');
  const played = options.world
    ? { ...options.world, startedAt: worldOf(scenario, now()).startedAt }
    : worldOf(scenario, now());
  const authorities = await createAuthorities(played);
  let world: World = {
    ...played,
    rootData: privateRootData(authorities),
    ...(options.setUp ? { setUp: options.setUp } : {}),
  };
  const inbox = createInbox();
  const receivers = createReceivers(gatewayId(world), now);
  const faults = createFaults(options.faults);
  const credentials = createCredentials(now);
  const operations = createOperations({ pendingPolls, retryAfterSeconds }, now);
  const counts = new Map<Endpoint, number>();
  const alert = (condition: 'Fired' | 'Resolved' = 'Fired') => alertFor(world, { at: now(), condition });

  /** The answer of an endpoint, or of the fault that hits it. */
  const behind = (endpoint: Endpoint, healthy: () => Answer, stage?: 'start' | 'poll', result = healthy) => {
    counts.set(endpoint, (counts.get(endpoint) ?? 0) + 1);
    const fault = faults.next(endpoint, stage);
    return fault ? faultAnswer(world, fault, result) : healthy();
  };

  const receive = (incoming: Incoming): Answer | 'hang' | 'reset' | undefined => {
    const name = receiverAt(incoming.path);
    if (name === undefined) return undefined;
    if (!isTaken(incoming)) return { status: 405, headers: { Allow: 'POST' }, body: 'Method Not Allowed' };
    const { contentType, bytes, text, json } = incoming;
    let refusal: string | undefined = 'a fault of the simulator';
    let action: string | undefined;
    const answer = behind(name, () => {
      const judgement = receivers[name](incoming);
      ({ refusal, action } = judgement);
      return judgement.answer;
    });
    // A question is no message.
    if (incoming.method === 'GET') return answer;
    inbox.add({
      receiver: name,
      at: now().toISOString(),
      outcome: refusal === undefined ? 'accepted' : 'refused',
      ...(typeof answer === 'string' ? {} : { status: answer.status }),
      ...(refusal === undefined ? {} : { reason: refusal }),
      ...(action === undefined ? {} : { action }),
      bytes,
      ...(contentType ? { contentType } : {}),
      body: json ?? text,
    });
    return answer;
  };

  const administer = ({ method, path, query, json }: Incoming): Answer | undefined => {
    switch (`${method} ${path}`) {
      case 'GET /sim/inbox':
        return ok({ arrivals: inbox.all() });
      case 'DELETE /sim/inbox':
        inbox.clear();
        return { status: 204 };
      case 'GET /sim/scenarios':
        return ok({
          scenarios: scenarios.map(({ name, title, story, expected }) => ({ name, title, story, expected })),
        });
      case 'GET /sim/state':
        return ok({
          scenario,
          gatewayId: gatewayId(world),
          minute: minuteOf(world, now()),
          faults: faults.list(),
          world,
        });
      case 'GET /sim/alert':
        return ok(alert(query.get('condition') === 'Resolved' ? 'Resolved' : 'Fired'));
      case 'POST /sim/faults': {
        const fault = readFault(json);
        if (!fault) return armError(400, 'InvalidFault', 'The body is no fault: it needs a known endpoint and kind.');
        faults.set(fault);
        return ok({ faults: faults.list() });
      }
      case 'DELETE /sim/faults':
        faults.clear();
        return { status: 204 };
      default:
        return undefined;
    }
  };

  const azure = (incoming: Incoming): Answer | 'hang' | 'reset' | undefined => {
    const route = routeAzure(world, operations, now, { ...incoming, body: incoming.json });
    if (!route) return undefined;
    const refusal = credentials.refuse(route.service, incoming.authorization);
    return refusal ?? behind(route.endpoint, route.answer, route.stage, route.result);
  };

  const identify = ({ method, path, query, identityHeader }: Incoming): Answer | 'hang' | 'reset' | undefined =>
    method === 'GET' && path === '/msi/token'
      ? behind('token', () => credentials.issue(query, identityHeader))
      : undefined;

  const nothing = armError(404, 'NotFound', 'The simulator has nothing here.');
  const identity = await createServerIdentity();
  const tls = { key: identity.keyPem, cert: identity.certificatePem };
  const https = createHttpsServer(
    tls,
    listen((incoming) => azure(incoming) ?? receive(incoming) ?? administer(incoming) ?? nothing),
  );
  const http = createHttpServer(
    listen((incoming) => identify(incoming) ?? receive(incoming) ?? administer(incoming) ?? nothing),
  );
  let members: Members | undefined;
  let stream: Stream | undefined;
  const close = async () => {
    await Promise.all([shut(https), shut(http), members?.close(), stream?.hubs.close()]);
  };
  try {
    await open(https, options.httpsPort ?? 0);
    await open(http, options.httpPort ?? 0);
    if (options.members) members = await startMembers(world, authorities, now);
    if (options.stream) stream = await startStream(world, now, alert);
  } catch (error) {
    await close();
    throw error;
  }
  const httpsUrl = `https://${LOOPBACK}:${portOf(https)}`;
  const httpUrl = `http://${LOOPBACK}:${portOf(http)}`;
  return {
    httpsUrl,
    httpUrl,
    caPem: identity.caPem,
    identity: { IDENTITY_ENDPOINT: `${httpUrl}/msi/token`, IDENTITY_HEADER: credentials.identityHeader },
    get world() {
      return world;
    },
    mend: (mended) => {
      const untilMinute = minuteOf(world, now()) + 1;
      const { startedAt, rootData } = world;
      world = {
        ...mended(world, untilMinute),
        startedAt,
        ...(rootData ? { rootData } : {}),
        former: { untilMinute, world },
      };
      return untilMinute;
    },
    inbox,
    ...(members ? { drill: members.drill } : {}),
    ...(stream ? { stream } : {}),
    alert,
    setFault: faults.set,
    clearFaults: faults.clear,
    requests: (endpoint) => counts.get(endpoint) ?? 0,
    close,
  };
}
