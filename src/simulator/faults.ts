export const ENDPOINTS = [
  'gateway',
  'backend-health',
  'metrics',
  'resource-health',
  'alerts',
  'resource-graph',
  'scale-set-nics',
  'activity-log',
  'virtual-network',
  'subnet',
  'nsg',
  'route-table',
  'effective-nsg',
  'effective-routes',
  'network-watchers',
  'connectivity-check',
  'ip-flow',
  'next-hop',
  'on-demand-health',
  'permissions',
  'diagnostic-settings',
  'alert-rules',
  'action-groups',
  'workspace',
  'key-vault',
  'subscription',
  'logs',
  'token',
  'slack',
  'teams',
  'pagerduty',
  'webhook',
] as const;
export type Endpoint = (typeof ENDPOINTS)[number];

/** Endpoints that answer 202 first and are polled. */
export const LONG_RUNNING = [
  'backend-health',
  'effective-nsg',
  'effective-routes',
  'connectivity-check',
  'ip-flow',
  'next-hop',
  'on-demand-health',
] as const satisfies readonly Endpoint[];
export type LongRunning = (typeof LONG_RUNNING)[number];

export const FAULT_KINDS = [
  'forbidden',
  'throttled',
  'hang',
  'malformed',
  'empty',
  'server-error',
  'reset',
  'not-found',
  'partial',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** Endpoints whose service can answer in part. */
const PARTIAL_ENDPOINTS: readonly Endpoint[] = ['gateway', 'backend-health', 'metrics', 'resource-health', 'logs'];

export interface Fault {
  readonly endpoint: Endpoint;
  readonly kind: FaultKind;
  /** How many requests it hits; every one where absent. */
  readonly times?: number;
  /** The Retry-After of a `throttled` answer; 1 where absent. */
  readonly retryAfterSeconds?: number;
  /** For a long-running endpoint: which of its requests is hit, `start` (the POST) where absent. */
  readonly stage?: 'start' | 'poll';
}

export interface Faults {
  /** Replaces the endpoint's fault at the same stage. Throws a TypeError on a fault that makes no sense. */
  readonly set: (fault: Fault) => void;
  /** Clears the faults of one endpoint, or of all. */
  readonly clear: (endpoint?: Endpoint) => void;
  /** The fault that hits this request, if any; counts it. */
  readonly next: (endpoint: Endpoint, stage?: 'start' | 'poll') => Fault | undefined;
  readonly list: () => readonly Fault[];
}

export function createFaults(initial: readonly Fault[] = []): Faults {
  const active = new Map<string, Fault>();
  const keyOf = (endpoint: Endpoint, stage: 'start' | 'poll') => `${endpoint} ${stage}`;
  const set = (fault: Fault) => {
    const problem = problemWith(fault);
    if (problem !== undefined) throw new TypeError(problem);
    active.set(keyOf(fault.endpoint, fault.stage ?? 'start'), fault);
  };
  for (const fault of initial) set(fault);
  return {
    set,
    clear: (endpoint) => {
      for (const [key, fault] of active) {
        if (endpoint === undefined || fault.endpoint === endpoint) active.delete(key);
      }
    },
    next: (endpoint, stage = 'start') => {
      const key = keyOf(endpoint, stage);
      const fault = active.get(key);
      if (fault?.times === undefined) return fault;
      if (fault.times <= 1) active.delete(key);
      else active.set(key, { ...fault, times: fault.times - 1 });
      return fault;
    },
    list: () => [...active.values()],
  };
}

/** Reads a fault that came over HTTP; undefined where it is none. */
export function readFault(value: unknown): Fault | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return problemWith(value) === undefined ? (value as Fault) : undefined;
}

function problemWith(fault: { readonly [key in keyof Fault]?: unknown }): string | undefined {
  if (!ENDPOINTS.some((endpoint) => endpoint === fault.endpoint)) return 'The fault names no known endpoint.';
  if (!FAULT_KINDS.some((kind) => kind === fault.kind)) return 'The fault is of no known kind.';
  if (fault.kind === 'partial' && !PARTIAL_ENDPOINTS.some((endpoint) => endpoint === fault.endpoint)) {
    return 'This endpoint does not answer in part.';
  }
  if (fault.times !== undefined && !(Number.isInteger(fault.times) && Number(fault.times) > 0)) {
    return 'The number of times is a positive whole number.';
  }
  if (
    fault.retryAfterSeconds !== undefined &&
    !(Number.isInteger(fault.retryAfterSeconds) && Number(fault.retryAfterSeconds) >= 0)
  ) {
    return 'The Retry-After is a whole number of seconds.';
  }
  if (fault.stage !== undefined && fault.stage !== 'start' && fault.stage !== 'poll')
    return 'The stage is start or poll.';
  if (fault.stage === 'poll' && !LONG_RUNNING.some((endpoint) => endpoint === fault.endpoint)) {
    return 'Only long-running endpoints are polled.';
  }
  return undefined;
}
