import type { Spread } from './backend-answers.ts';
import { CAPACITY_UNITS_PER_INSTANCE, unitsFor } from './capacity.ts';
import { isLive } from './probing.ts';
import { requestsSent, type Slice, trafficBetween } from './traffic.ts';
import { isStopped, membersOf, scatter, targetsInUse, type World } from './world.ts';

/** One value of a metric in one minute, at one combination of its dimensions. */
export interface Sample {
  readonly dimensions: Readonly<Record<string, string>>;
  readonly value: number;
  readonly maximum?: number;
  /** How many measurements the value is the mean of. */
  readonly weight: number;
}

export interface MetricDefinition {
  readonly name: string;
  readonly title: string;
  readonly unit: 'Count' | 'CountPerSecond' | 'MilliSeconds' | 'BytesPerSecond' | 'Bytes' | 'Percent';
  readonly dimensions: readonly string[];
  readonly samples: (world: World, minute: number) => readonly Sample[];
}

/** Milliseconds; alike in every world, since no story is about them. */
const CONNECT_TIME: Spread = { min: 0.6, p50: 1, p95: 1.8, max: 2.6 };
const ROUND_TRIP: Spread = { min: 13, p50: 21, p95: 38, max: 55 };

const TARGET = ['BackendSettingsPool'];
const SERVER = ['Listener', 'BackendServer', 'BackendPool', 'BackendHttpSetting'];

/** The metrics of an application gateway, by their REST names, units and dimensions. */
export const METRICS: readonly MetricDefinition[] = [
  { name: 'HealthyHostCount', title: 'Healthy Host Count', unit: 'Count', dimensions: TARGET, samples: hosts(true) },
  {
    name: 'UnhealthyHostCount',
    title: 'Unhealthy Host Count',
    unit: 'Count',
    dimensions: TARGET,
    samples: hosts(false),
  },
  {
    name: 'TotalRequests',
    title: 'Total Requests',
    unit: 'Count',
    dimensions: TARGET,
    samples: counted(toTarget, () => true),
  },
  {
    name: 'FailedRequests',
    title: 'Failed Requests',
    unit: 'Count',
    dimensions: TARGET,
    samples: counted(toTarget, ({ status }) => status >= 500),
  },
  {
    name: 'ResponseStatus',
    title: 'Response Status',
    unit: 'Count',
    dimensions: ['HttpStatusGroup'],
    samples: counted(
      ({ status }) => ({ HttpStatusGroup: group(status) }),
      () => true,
    ),
  },
  {
    name: 'BackendResponseStatus',
    title: 'Backend Response Status',
    unit: 'Count',
    dimensions: ['BackendServer', 'BackendPool', 'BackendHttpSetting', 'HttpStatusGroup'],
    samples: counted(
      (slice) => ({ ...toServer(slice), HttpStatusGroup: group(slice.serverStatus ?? 0) }),
      ({ serverStatus }) => serverStatus !== undefined,
    ),
  },
  {
    name: 'BackendConnectTime',
    title: 'Backend Connect Time',
    unit: 'MilliSeconds',
    dimensions: SERVER,
    samples: timed(toServer, ({ member }) => (member === undefined ? undefined : CONNECT_TIME)),
  },
  {
    name: 'BackendFirstByteResponseTime',
    title: 'Backend First Byte Response Time',
    unit: 'MilliSeconds',
    dimensions: SERVER,
    samples: timed(toServer, ({ server, serverStatus }) => (serverStatus === undefined ? undefined : server)),
  },
  {
    name: 'BackendLastByteResponseTime',
    title: 'Backend Last Byte Response Time',
    unit: 'MilliSeconds',
    dimensions: SERVER,
    samples: timed(toServer, ({ server, serverStatus }) =>
      serverStatus === undefined || server === undefined ? undefined : later(server),
    ),
  },
  {
    name: 'ApplicationGatewayTotalTime',
    title: 'Application Gateway Total Time',
    unit: 'MilliSeconds',
    dimensions: ['Listener'],
    samples: timed(toListener, ({ took }) => took),
  },
  {
    name: 'ClientRtt',
    title: 'Client RTT',
    unit: 'MilliSeconds',
    dimensions: ['Listener'],
    samples: timed(toListener, () => ROUND_TRIP),
  },
  {
    name: 'AvgRequestCountPerHealthyHost',
    title: 'Requests per minute per Healthy Host',
    unit: 'Count',
    dimensions: TARGET,
    samples: requestsPerHealthyHost,
  },
  { name: 'CapacityUnits', title: 'Current Capacity Units', unit: 'Count', dimensions: [], samples: units },
  { name: 'ComputeUnits', title: 'Current Compute Units', unit: 'Count', dimensions: [], samples: units },
  {
    name: 'CurrentConnections',
    title: 'Current Connections',
    unit: 'Count',
    dimensions: [],
    samples: load(4, 0.3),
  },
  {
    name: 'NewConnectionsPerSecond',
    title: 'New connections per second',
    unit: 'CountPerSecond',
    dimensions: [],
    samples: load(0, 0.01),
  },
  { name: 'CpuUtilization', title: 'CPU Utilization', unit: 'Percent', dimensions: [], samples: load(3, 0.01) },
  {
    name: 'Throughput',
    title: 'Throughput',
    unit: 'BytesPerSecond',
    dimensions: [],
    samples: load(0, 20),
  },
];

function hosts(wantsHealthy: boolean): MetricDefinition['samples'] {
  return (world, minute) =>
    isStopped(world, minute)
      ? []
      : targetsInUse(world).map((target) => ({
          dimensions: { BackendSettingsPool: `${target.pool}~${target.setting}` },
          value: membersOf(world, target.pool, minute).filter(
            (address) => isLive(world, target, address, minute) === wantsHealthy,
          ).length,
          weight: 1,
        }));
}

/** Counts requests. A combination of dimensions that saw requests, but none of these, counts 0. */
function counted(
  dimensionsOf: (slice: Slice) => Readonly<Record<string, string>> | undefined,
  counts: (slice: Slice) => boolean,
): MetricDefinition['samples'] {
  return (world, minute) => {
    const totals = new Map<string, Sample>();
    for (const slice of trafficBetween(world, minute, minute + 1)) {
      const dimensions = dimensionsOf(slice);
      if (!dimensions) continue;
      const key = JSON.stringify(dimensions);
      const value = (totals.get(key)?.value ?? 0) + (counts(slice) ? slice.count : 0);
      totals.set(key, { dimensions, value, weight: 1 });
    }
    return [...totals.values()];
  };
}

function timed(
  dimensionsOf: (slice: Slice) => Readonly<Record<string, string>> | undefined,
  spreadOf: (slice: Slice) => Spread | undefined,
): MetricDefinition['samples'] {
  return (world, minute) =>
    trafficBetween(world, minute, minute + 1).flatMap((slice) => {
      const dimensions = dimensionsOf(slice);
      const spread = spreadOf(slice);
      if (!dimensions || spread === undefined) return [];
      return [{ dimensions, value: spread.p50, maximum: spread.max, weight: slice.count }];
    });
}

function requestsPerHealthyHost(world: World, minute: number): readonly Sample[] {
  const healthy = hosts(true)(world, minute);
  return counted(toTarget, () => true)(world, minute).flatMap((sample) => {
    const target = sample.dimensions.BackendSettingsPool;
    const count = healthy.find(({ dimensions }) => dimensions.BackendSettingsPool === target)?.value ?? 0;
    return count === 0 ? [] : [{ ...sample, value: sample.value / count }];
  });
}

/** The capacity in use, up to what the most instances carry that autoscale allows. */
function units(world: World, minute: number): readonly Sample[] {
  if (isStopped(world, minute)) return [];
  const carried = world.gateway.maxCapacity * CAPACITY_UNITS_PER_INSTANCE;
  const value = Math.min(carried, unitsFor(requestsSent(world, minute)) + scatter(`units|${minute}`) * 0.2);
  return [{ dimensions: {}, value: Math.round(value * 100) / 100, weight: 1 }];
}

/** A gauge that follows the number of requests, plus a little of everything else. */
function load(idle: number, perRequest: number): MetricDefinition['samples'] {
  return (world, minute) => {
    if (isStopped(world, minute)) return [];
    const requests = trafficBetween(world, minute, minute + 1).reduce((sum, { count }) => sum + count, 0);
    const value = idle + requests * perRequest + scatter(`load|${minute}`) * perRequest;
    return [{ dimensions: {}, value: Math.round(value * 100) / 100, weight: 1 }];
  };
}

/** The last byte comes a little after the first. */
function later({ min, p50, p95, max }: Spread): Spread {
  return { min: min + 1, p50: p50 + 1, p95: p95 + 1, max: max + 1 };
}

function toTarget({ target }: Slice) {
  return target ? { BackendSettingsPool: `${target.pool}~${target.setting}` } : undefined;
}

function toServer({ member, target, listener }: Slice) {
  if (member === undefined || !target) return undefined;
  return {
    Listener: listener,
    BackendServer: member.slice(0, member.lastIndexOf(':')),
    BackendPool: target.pool,
    BackendHttpSetting: target.setting,
  };
}

function toListener({ listener }: Slice) {
  return { Listener: listener };
}

function group(status: number): string {
  return `${Math.floor(status / 100)}xx`;
}
