import { type Answer, bareError, ok } from './answer.ts';
import { groupId, machineIdOf, networkOf, routeTableId, securityGroupId } from './network.ts';
import type { Actor, ChangePlan } from './network-plan.ts';
import { scaleSetId } from './resource-graph.ts';
import { gatewayId, scatterGuid, timeOf, unmended, type World } from './world.ts';

/** What was done to a resource at a minute. */
interface Change extends Omit<ChangePlan, 'resource'> {
  readonly resourceId: string;
  /** How long it took, in minutes. */
  readonly tookMinutes?: number;
}

/** The service's pages are larger; small ones make a small world turn them. */
const PAGE_SIZE = 6;
/** A change takes this long from its start to its end, where nothing else is said. */
const TOOK_MINUTES = 0.4;

/** The activity log of a span, newest first, in pages; only the filters by time and resource group are understood. */
export function answerActivityLog(world: World, query: URLSearchParams, origin: string, now: number): Answer {
  const filter = query.get('$filter') ?? '';
  const [, from] = /eventTimestamp ge '([^']+)'/i.exec(filter) ?? [];
  const [, until] = /eventTimestamp le '([^']+)'/i.exec(filter) ?? [];
  const [, group] = /resourceGroupName eq '([^']+)'/i.exec(filter) ?? [];
  const [start, end] = [Date.parse(from ?? ''), until === undefined ? Infinity : Date.parse(until)];
  if (Number.isNaN(start) || Number.isNaN(end)) {
    return bareError(400, 'BadRequest', 'The query filter needs the start of a time range within the last 90 days.');
  }
  const isOwnGroup = group === undefined || group.toLowerCase() === world.resourceGroup.toLowerCase();
  const events = (isOwnGroup ? changesIn(world) : [])
    .flatMap((change) => eventsOf(world, change))
    .filter(({ at }) => at >= start && at <= end && at <= timeOf(world, now).getTime())
    .toSorted((left, right) => right.at - left.at);
  const skip = Number(query.get('$skipToken') ?? 0);
  const page = events.slice(skip, skip + PAGE_SIZE);
  const next = `${origin}/subscriptions/${world.subscription}/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01&$filter=${encodeURIComponent(filter)}&$skipToken=${skip + PAGE_SIZE}`;
  return ok({
    value: page.map(({ event }) => event),
    ...(skip + PAGE_SIZE < events.length ? { nextLink: next } : {}),
  });
}

/** Everything that the world says was changed: pools, machines, rules, routes, the gateway, and what is told outright. */
export function changesIn(now: World): readonly Change[] {
  // The log comes late: of the mending itself, it does not know yet.
  const world = unmended(now);
  const changes: Change[] = (world.network?.changes ?? []).map(({ resource, ...change }) => ({
    ...change,
    resourceId: `${groupId(world)}/providers/${resource}`,
  }));
  const add = (atMinute: number | undefined, operation: string, resourceId: string, by: Actor = 'person') => {
    if (atMinute !== undefined) changes.push({ atMinute, operation, resourceId, by });
  };
  const { pools, stopped } = world.gateway;
  const gatewayWrites = new Map(
    pools.flatMap(({ members, changedBy }) => members.flatMap(boundsOf).map((at) => [at, changedBy] as const)),
  );
  for (const [at, by] of gatewayWrites) add(at, 'Microsoft.Network/applicationGateways/write', gatewayId(world), by);
  add(stopped?.fromMinute, 'Microsoft.Network/applicationGateways/stop/action', gatewayId(world));
  add(stopped?.untilMinute, 'Microsoft.Network/applicationGateways/start/action', gatewayId(world));
  addMachines(world, add);
  changes.push(...restartsIn(world));
  for (const { name, rules } of networkOf(world).securityGroups) {
    for (const rule of rules) {
      const id = `${securityGroupId(world, name)}/securityRules/${rule.name}`;
      const operation = 'Microsoft.Network/networkSecurityGroups/securityRules';
      add(rule.fromMinute, `${operation}/write`, id, rule.changedBy);
      add(rule.untilMinute, `${operation}/delete`, id, rule.changedBy);
    }
  }
  for (const { name, routes } of networkOf(world).routeTables) {
    for (const route of routes) {
      const id = `${routeTableId(world, name)}/routes/${route.name}`;
      add(route.fromMinute, 'Microsoft.Network/routeTables/routes/write', id, route.changedBy);
      add(route.untilMinute, 'Microsoft.Network/routeTables/routes/delete', id, route.changedBy);
    }
  }
  return changes;
}

/** Machines are made, switched off or deleted one by one; the instances of a scale set with the set. */
function addMachines(world: World, add: (at: number | undefined, operation: string, id: string, by?: Actor) => void) {
  const done = new Set<string>();
  for (const host of world.hosts.filter(({ isInCluster, isPlatform }) => !isInCluster && !isPlatform)) {
    const id = host.scaleSet === undefined ? machineIdOf(world, host) : scaleSetId(world, host.scaleSet);
    const type = `Microsoft.Compute/virtualMachine${host.scaleSet === undefined ? 's' : 'ScaleSets'}`;
    const end = host.afterwards === 'deallocated' ? 'deallocate/action' : 'delete';
    for (const [at, operation] of [
      [host.fromMinute, `${type}/write`],
      [host.untilMinute, `${type}/${end}`],
    ] as const) {
      const key = `${id} ${operation} ${at}`;
      if (!done.has(key)) add(at, operation, id, host.changedBy);
      done.add(key);
    }
  }
}

/** Restarts of single machines, and of a scale set as one operation, however many of its instances it takes. */
function restartsIn(world: World): readonly Change[] {
  const restarts = world.hosts.flatMap((host) =>
    (host.restarts ?? []).flatMap(({ atMinute, tookMinutes, by }) => {
      if (by === undefined) return [];
      const resourceId = host.scaleSet === undefined ? machineIdOf(world, host) : scaleSetId(world, host.scaleSet);
      const type = host.scaleSet === undefined ? 'virtualMachines' : 'virtualMachineScaleSets';
      return [{ operation: `Microsoft.Compute/${type}/restart/action`, resourceId, atMinute, tookMinutes, by }];
    }),
  );
  return [...Map.groupBy(restarts, ({ resourceId }) => resourceId).values()].flatMap((of) => {
    const [first] = of.toSorted((left, right) => left.atMinute - right.atMinute);
    if (!first) return [];
    if (!/ScaleSets$/.test(first.operation.split('/')[1] ?? '')) return of;
    const end = Math.max(...of.map(({ atMinute, tookMinutes }) => atMinute + tookMinutes));
    return [{ ...first, tookMinutes: end - first.atMinute }];
  });
}

function boundsOf({ fromMinute, untilMinute }: { fromMinute?: number; untilMinute?: number }): readonly number[] {
  return [fromMinute, untilMinute].filter((bound) => bound !== undefined);
}

/** A change is logged twice: when it begins, and when it ends, well or not. */
function eventsOf(world: World, change: Change): readonly { readonly at: number; readonly event: unknown }[] {
  const { atMinute, error, tookMinutes = TOOK_MINUTES } = change;
  return [
    { at: timeOf(world, atMinute).getTime(), event: entry(world, change, atMinute, 'BeginRequest', 'Started') },
    {
      at: timeOf(world, atMinute + tookMinutes).getTime(),
      event: entry(world, change, atMinute + tookMinutes, 'EndRequest', error ? 'Failed' : 'Succeeded'),
    },
  ];
}

function entry(world: World, change: Change, minute: number, name: string, status: string): unknown {
  const { operation, resourceId, by, error } = change;
  const seed = `${world.startedAt}|${operation}|${resourceId}|${change.atMinute}`;
  const at = timeOf(world, minute).toISOString().replace('Z', '2871Z');
  const eventDataId = scatterGuid(`${seed}|${name}`);
  const named = (value: string) => ({ value, localizedValue: value });
  return {
    authorization: { action: operation, scope: resourceId },
    ...callerOf(by),
    channels: 'Operation',
    correlationId: scatterGuid(seed),
    description: '',
    eventDataId,
    eventName: named(name),
    category: named('Administrative'),
    httpRequest: { clientRequestId: scatterGuid(`${seed}|request`), clientIpAddress: '198.51.100.23', method: 'PUT' },
    id: `${resourceId}/events/${eventDataId}/ticks/${timeOf(world, minute).getTime()}`,
    level: status === 'Failed' ? 'Error' : 'Informational',
    resourceGroupName: world.resourceGroup,
    resourceProviderName: named(resourceId.split('/')[6] ?? ''),
    resourceId,
    resourceType: named(operation.split('/').slice(0, 2).join('/')),
    operationId: scatterGuid(seed),
    operationName: named(operation),
    properties: {
      entity: resourceId,
      eventCategory: 'Administrative',
      ...(error && status === 'Failed'
        ? { statusCode: 'BadRequest', statusMessage: JSON.stringify({ status: 'Failed', error }) }
        : {}),
    },
    status: named(status),
    subStatus: named(''),
    eventTimestamp: at,
    submissionTimestamp: at,
    subscriptionId: world.subscription,
    tenantId: scatterGuid('tenant'),
  };
}

function callerOf(by: Actor): Readonly<Record<string, unknown>> {
  switch (by) {
    case 'person':
      return {
        caller: 'kim.berg@fabrikam.example',
        claims: {
          name: 'Kim Berg',
          idtyp: 'user',
          ipaddr: '198.51.100.23',
          'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn': 'kim.berg@fabrikam.example',
        },
      };
    case 'application':
      return { caller: scatterGuid('schedule'), claims: { idtyp: 'app', appid: scatterGuid('schedule app') } };
    case 'platform':
      return { caller: 'Microsoft.Compute', claims: {} };
  }
}
