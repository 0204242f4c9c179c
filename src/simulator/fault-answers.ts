import { type Answer, armError, bareError, ok } from './answer.ts';
import type { Endpoint, Fault } from './faults.ts';
import { partial as partialLogs, withoutRows } from './logs.ts';
import { gatewayId, scatterGuid, type World } from './world.ts';

/** The right that each reading needs. */
const ACTIONS = {
  gateway: 'Microsoft.Network/applicationGateways/read',
  'backend-health': 'Microsoft.Network/applicationGateways/backendhealth/action',
  metrics: 'Microsoft.Insights/metrics/read',
  'resource-health': 'Microsoft.ResourceHealth/availabilityStatuses/read',
  'resource-graph': 'Microsoft.ResourceGraph/resources/read',
  'scale-set-nics': 'Microsoft.Compute/virtualMachineScaleSets/networkInterfaces/read',
  'activity-log': 'Microsoft.Insights/eventtypes/values/Read',
  'virtual-network': 'Microsoft.Network/virtualNetworks/read',
  subnet: 'Microsoft.Network/virtualNetworks/subnets/read',
  nsg: 'Microsoft.Network/networkSecurityGroups/read',
  'route-table': 'Microsoft.Network/routeTables/read',
  'effective-nsg': 'Microsoft.Network/networkInterfaces/effectiveNetworkSecurityGroups/action',
  'effective-routes': 'Microsoft.Network/networkInterfaces/effectiveRouteTable/action',
  'network-watchers': 'Microsoft.Network/networkWatchers/read',
  'connectivity-check': 'Microsoft.Network/networkWatchers/connectivityCheck/action',
  'ip-flow': 'Microsoft.Network/networkWatchers/ipFlowVerify/action',
  'next-hop': 'Microsoft.Network/networkWatchers/nextHop/action',
  'on-demand-health': 'Microsoft.Network/applicationGateways/getBackendHealthOnDemand/action',
  alerts: 'Microsoft.AlertsManagement/alerts/read',
  permissions: 'Microsoft.Authorization/permissions/read',
  'diagnostic-settings': 'Microsoft.Insights/diagnosticSettings/read',
  'alert-rules': 'Microsoft.Insights/metricAlerts/read',
  'action-groups': 'Microsoft.Insights/actionGroups/read',
  workspace: 'Microsoft.OperationalInsights/workspaces/read',
  'key-vault': 'Microsoft.KeyVault/vaults/read',
  subscription: 'Microsoft.Resources/subscriptions/read',
} as const;

/** An answer that holds nothing, by endpoint. */
const EMPTY_BODIES: Readonly<Partial<Record<Endpoint, unknown>>> = {
  'backend-health': { backendAddressPools: [] },
  'resource-graph': { totalRecords: 0, count: 0, data: [], facets: [], resultTruncated: 'false' },
  'scale-set-nics': { value: [] },
  'activity-log': { value: [] },
  'effective-nsg': { value: [] },
  'effective-routes': { value: [] },
  'network-watchers': { value: [] },
};

/** What the service answers instead; `hang` and `reset` are no answers, and the server acts them out. */
export function faultAnswer(world: World, fault: Fault, healthy: () => Answer): Answer | 'hang' | 'reset' {
  const { endpoint, kind } = fault;
  switch (kind) {
    case 'hang':
    case 'reset':
      return kind;
    case 'forbidden':
      return forbidden(world, endpoint);
    case 'throttled':
      return throttled(endpoint, fault.retryAfterSeconds ?? 1);
    case 'server-error':
      return serverError(endpoint);
    case 'not-found':
      return notFound(world, endpoint);
    case 'malformed':
      return malformed(endpoint);
    case 'empty':
      return empty(endpoint, healthy);
    case 'partial':
      return partial(endpoint, healthy());
  }
}

function forbidden(world: World, endpoint: Endpoint): Answer {
  switch (endpoint) {
    case 'logs':
      return logsError(
        403,
        'InsufficientAccessError',
        'The provided credentials have insufficient access to perform the requested operation',
      );
    case 'token':
      // App Service answers so where the app has no such identity.
      return tokenError(
        400,
        'No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.',
      );
    case 'slack':
      return { status: 403, body: 'invalid_token' };
    case 'teams':
      return armError(
        401,
        'DirectApiAuthorizationRequired',
        'The request must be authenticated only by Shared Access scheme.',
      );
    case 'pagerduty':
    case 'webhook':
      return { status: 403, body: 'Forbidden' };
    default: {
      const client = scatterGuid('the identity of the app');
      return {
        ...armError(
          403,
          'AuthorizationFailed',
          `The client '${client}' with object id '${client}' does not have authorization to perform action '${ACTIONS[endpoint]}' over scope '${gatewayId(world)}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
        ),
        headers: { 'x-ms-failure-cause': 'gateway' },
      };
    }
  }
}

function throttled(endpoint: Endpoint, retryAfterSeconds: number): Answer {
  const headers = { 'Retry-After': String(retryAfterSeconds) };
  switch (endpoint) {
    case 'metrics':
    case 'activity-log':
      return { ...bareError(429, 'TooManyRequests', 'The request rate is above the limit.'), headers };
    case 'resource-graph':
      return {
        ...armError(
          429,
          'RateLimiting',
          'Client application has been throttled and should not attempt to repeat the request until an amount of time has elapsed.',
        ),
        headers,
      };
    case 'resource-health': {
      // Some providers capitalise, and leave the wrapper out.
      const Message = 'The request is throttled. Retry the request later.';
      return {
        status: 429,
        headers,
        body: { Code: '429', Message, Target: null, Details: [{ Message }], Innererror: null },
      };
    }
    case 'logs':
      return { ...logsError(429, 'ThrottledError', 'Rate limit is exceeded.'), headers };
    case 'token':
      return { ...tokenError(429, 'Too many requests.'), headers };
    case 'slack':
      return { status: 429, headers, body: { retry_after: retryAfterSeconds, ok: false, error: 'rate_limited' } };
    case 'teams':
      return {
        ...armError(429, 'WorkflowTriggerRequestsThrottled', 'Rate limit is exceeded. Try again later.'),
        headers,
      };
    case 'pagerduty': {
      const message = 'Requests for this service are arriving too quickly.  Please retry later.';
      return { status: 429, headers, body: { status: 'throttle exceeded', message, errors: [message] } };
    }
    case 'webhook':
      return { status: 429, headers, body: 'Too Many Requests' };
    default:
      return {
        ...armError(
          429,
          'SubscriptionRequestsThrottled',
          `Number of requests for this subscription and operation exceeded the limit. Please try again after '${retryAfterSeconds}' seconds.`,
        ),
        headers: { ...headers, 'x-ms-failure-cause': 'gateway' },
      };
  }
}

function serverError(endpoint: Endpoint): Answer {
  switch (endpoint) {
    case 'metrics':
      return bareError(500, 'InternalServerError', 'Encountered internal server error.');
    case 'logs':
      return logsError(500, 'InternalServerError', 'Something went wrong processing your query on the server.');
    case 'token':
      return tokenError(500, 'An unexpected error occured while fetching the AAD Token.');
    case 'slack':
      return { status: 500, body: 'rollup_error' };
    case 'teams':
      return armError(502, 'NoResponse', 'The server did not receive a response from an upstream server.');
    case 'pagerduty':
    case 'webhook':
      return { status: 500, body: 'Internal Server Error' };
    default:
      return {
        status: 500,
        headers: { 'x-ms-failure-cause': 'service' },
        body: { error: { code: 'InternalServerError', message: 'An error occurred.', details: [] } },
      };
  }
}

function notFound(world: World, endpoint: Endpoint): Answer {
  switch (endpoint) {
    case 'logs':
      return logsError(404, 'WorkspaceNotFoundError', 'The workspace could not be found');
    case 'token':
      return tokenError(404, 'Not found.');
    case 'slack':
      return { status: 404, body: 'no_service' };
    case 'teams':
      return armError(404, 'WorkflowNotFound', 'The workflow could not be found.');
    case 'pagerduty':
    case 'webhook':
      return { status: 404, body: 'Not Found' };
    case 'gateway':
    case 'metrics':
      return resourceNotFound(world.gateway.name, world.resourceGroup);
    default:
      return {
        status: 404,
        body: { error: { code: 'NotFound', message: `Resource ${gatewayId(world)} not found.`, details: [] } },
      };
  }
}

export function resourceNotFound(gateway: string, resourceGroup: string): Answer {
  return {
    ...armError(
      404,
      'ResourceNotFound',
      `The Resource 'Microsoft.Network/applicationGateways/${gateway}' under resource group '${resourceGroup}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
    ),
    headers: { 'x-ms-failure-cause': 'gateway' },
  };
}

/** JSON that breaks off in the middle from the services; a login page from the receivers, as a proxy would send it. */
function malformed(endpoint: Endpoint): Answer {
  const isReceiver = ['slack', 'teams', 'pagerduty', 'webhook'].includes(endpoint);
  return isReceiver
    ? { status: 200, headers: { 'Content-Type': 'text/html' }, body: '<html><body>Sign in' }
    : { status: 200, headers: { 'Content-Type': 'application/json; charset=utf-8' }, body: '{"value":[{"id":"/subscr' };
}

function empty(endpoint: Endpoint, healthy: () => Answer): Answer {
  switch (endpoint) {
    case 'metrics':
      return ok(withMetrics(healthy(), (metric) => ({ ...metric, timeseries: [] })));
    case 'logs':
      return withoutRows(healthy());
    case 'slack':
    case 'teams':
    case 'pagerduty':
    case 'webhook':
      return { status: 200, body: '' };
    default:
      return ok(EMPTY_BODIES[endpoint] ?? {});
  }
}

/** Part of the truth: fields and points that are sometimes absent are absent. */
function partial(endpoint: Endpoint, healthy: Answer): Answer {
  if (healthy.status !== 200) return healthy;
  switch (endpoint) {
    case 'logs':
      return partialLogs(healthy);
    case 'metrics':
      return ok(withMetrics(healthy, (metric) => ({ ...metric, timeseries: withoutValues(metric.timeseries) })));
    case 'gateway':
    case 'resource-health': {
      const body = healthy.body as { readonly properties: Record<string, unknown> };
      const {
        operationalState: _state,
        autoscaleConfiguration: _scale,
        reasonType: _reason,
        summary: _summary,
        ...rest
      } = body.properties;
      return ok({ ...body, properties: rest });
    }
    default:
      return ok(withoutProbeLogs(healthy.body));
  }
}

function withMetrics(answer: Answer, change: (metric: Record<string, unknown>) => unknown): unknown {
  const body = answer.body as { readonly value?: readonly Record<string, unknown>[] };
  return { ...body, value: (body.value ?? []).map(change) };
}

/** Points that hold nothing but their time. */
function withoutValues(timeseries: unknown): unknown {
  const series = timeseries as readonly { readonly data: readonly { readonly timeStamp: string }[] }[];
  return series.map((one) => ({ ...one, data: one.data.map(({ timeStamp }) => ({ timeStamp })) }));
}

/** Health words without the text that explains them. */
function withoutProbeLogs(body: unknown): unknown {
  return JSON.parse(JSON.stringify(body), (key, value) => (key.startsWith('healthProbe') ? undefined : value));
}

export function logsError(status: number, code: string, message: string): Answer {
  return { status, body: { error: { message, code, correlationId: scatterGuid(`${status} ${code}`) } } };
}

export function tokenError(statusCode: number, message: string): Answer {
  return { status: statusCode, body: { statusCode, message, correlationId: scatterGuid(message) } };
}
