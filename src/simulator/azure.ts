import { answerAlerts } from './alerts-management.ts';
import { type Answer, armError, ok } from './answer.ts';
import { armGateway, armGatewayEtag } from './arm-gateway.ts';
import { backendHealth } from './backend-health.ts';
import { logsError, resourceNotFound } from './fault-answers.ts';
import type { Endpoint } from './faults.ts';
import { answerQuery } from './logs.ts';
import type { Operations } from './long-running.ts';
import { answerMetrics } from './metrics.ts';
import { routeNetwork } from './network-routes.ts';
import { onDemandHealth } from './on-demand-health.ts';
import { resourceHealth } from './resource-health.ts';
import { routeSetUp } from './set-up-routes.ts';
import { gatewayId, holds, minuteOf, type World } from './world.ts';

export interface AzureRequest {
  readonly method: string;
  /** Decoded, without doubled slashes. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Path and query exactly as they came. */
  readonly url: string;
  /** `https://127.0.0.1:8443`, as the client called it. */
  readonly origin: string;
  readonly body: unknown;
}

/** What a request is for: where faults apply, whose token it needs, and the answer where nothing is wrong. */
export interface AzureRoute {
  readonly endpoint: Endpoint;
  readonly stage?: 'start' | 'poll';
  readonly service: 'arm' | 'logs';
  readonly answer: () => Answer;
  /** What comes in the end, where `answer` only starts a long-running operation. */
  readonly result?: () => Answer;
}

const IN_GATEWAY =
  /^\/subscriptions\/([^/]+)\/resourcegroups\/([^/]+)\/providers\/microsoft\.network\/applicationgateways\/([^/]+)(\/.*)?$/i;
const OPERATION_RESULT =
  /^\/subscriptions\/[^/]+\/providers\/microsoft\.network\/locations\/[^/]+\/operationresults\/[^/]+$/i;
const ALERTS = /^\/subscriptions\/([^/]+)\/providers\/microsoft\.alertsmanagement\/alerts$/i;
const WORKSPACE_QUERY = /^\/v1\/workspaces\/([^/]+)\/query$/i;
const RESOURCE_QUERY = /^\/v1(\/subscriptions\/.+)\/query$/i;

/** Finds the service that a request speaks to; undefined where no service of the simulator has such a path. */
export function routeAzure(
  world: World,
  operations: Operations,
  now: () => Date,
  request: AzureRequest,
): AzureRoute | undefined {
  return (
    routeLogs(world, now, request) ??
    routeArm(world, operations, now, request) ??
    routeNetwork(world, operations, now, request) ??
    routeSetUp(world, now, request)
  );
}

function routeLogs(world: World, now: () => Date, { method, path, body }: AzureRequest): AzureRoute | undefined {
  if (method !== 'POST') return undefined;
  const [, workspace] = WORKSPACE_QUERY.exec(path) ?? [];
  const [, resource] = RESOURCE_QUERY.exec(path) ?? [];
  if (workspace === undefined && resource === undefined) return undefined;
  const isKnown =
    workspace?.toLowerCase() === world.logs.workspaceId.toLowerCase() ||
    resource?.toLowerCase() === gatewayId(world).toLowerCase();
  const answer = () =>
    isKnown
      ? answerQuery(world, body, now())
      : logsError(404, 'PathNotFoundError', 'The requested path does not exist');
  return { endpoint: 'logs', service: 'logs', answer };
}

function routeArm(
  world: World,
  operations: Operations,
  now: () => Date,
  { method, path, query, url, origin, body }: AzureRequest,
): AzureRoute | undefined {
  if (method === 'GET' && OPERATION_RESULT.test(path)) {
    const endpoint = operations.endpointOf(path) ?? 'backend-health';
    return { endpoint, stage: 'poll', service: 'arm', answer: () => operations.poll(origin, url) };
  }
  const [, listed] = ALERTS.exec(path) ?? [];
  if (method === 'GET' && listed?.toLowerCase() === world.subscription) {
    return { endpoint: 'alerts', service: 'arm', answer: () => answerAlerts(world, query, origin, path, now()) };
  }
  const [whole, subscription = '', resourceGroup = '', name = '', rest = ''] = IN_GATEWAY.exec(path) ?? [];
  if (whole === undefined) return undefined;
  const minute = () => minuteOf(world, now());
  const route = (endpoint: Endpoint, answer: () => Answer, result?: () => Answer): AzureRoute => ({
    endpoint,
    service: 'arm',
    answer: () => refuseGateway(world, query, subscription, resourceGroup, name) ?? answer(),
    ...(result ? { result } : {}),
  });
  const health = () => ok(backendHealth(world, minute()));
  switch (`${method} ${rest.toLowerCase()}`) {
    case 'GET ':
      return route('gateway', () => ok(armGateway(world, minute()), { ETag: armGatewayEtag(world) }));
    case 'POST /backendhealth':
      return route(
        'backend-health',
        () =>
          refuseLocked(world, minute()) ??
          operations.start(origin, world.subscription, world.location, health, 'backend-health'),
        health,
      );
    case 'POST /getbackendhealthondemand': {
      const result = () => onDemandHealth(world, body, minute());
      return route(
        'on-demand-health',
        () => {
          const early = refuseLocked(world, minute()) ?? result();
          return early.status === 200
            ? operations.start(origin, world.subscription, world.location, result, 'on-demand-health')
            : early;
        },
        result,
      );
    }
    case 'GET /providers/microsoft.insights/metrics':
      return route('metrics', () => answerMetrics(world, query, now()));
    case 'GET /providers/microsoft.resourcehealth/availabilitystatuses/current':
      return route('resource-health', () => ok(resourceHealth(world, minute())));
    default:
      return undefined;
  }
}

/** A ReadOnly lock forbids every POST, whatever it asks. */
function refuseLocked(world: World, minute: number): Answer | undefined {
  if (!holds(world.gateway.locked, minute)) return undefined;
  const scope = gatewayId(world);
  return armError(
    409,
    'ScopeLocked',
    `The scope '${scope}' cannot perform write operation because following scope(s) are locked: '${scope}'. Please remove the lock and try again.`,
  );
}

function refuseGateway(
  world: World,
  query: URLSearchParams,
  subscription: string,
  resourceGroup: string,
  name: string,
): Answer | undefined {
  if (!query.get('api-version')) {
    return armError(
      400,
      'MissingApiVersionParameter',
      'The api-version query parameter (?api-version=) is required for all requests.',
    );
  }
  if (subscription.toLowerCase() !== world.subscription) {
    return armError(404, 'SubscriptionNotFound', `The subscription '${subscription}' could not be found.`);
  }
  if (resourceGroup.toLowerCase() !== world.resourceGroup.toLowerCase()) {
    return armError(404, 'ResourceGroupNotFound', `Resource group '${resourceGroup}' could not be found.`);
  }
  return name.toLowerCase() === world.gateway.name.toLowerCase() ? undefined : resourceNotFound(name, resourceGroup);
}
