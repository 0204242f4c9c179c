import { changesIn } from './activity-log.ts';
import { armGateway } from './arm-gateway.ts';
import { armRouteTable, armSecurityGroup } from './arm-network.ts';
import { networkOf, routeTableId, securityGroupId } from './network.ts';
import { gatewayId, scatterGuid, timeOf, unmended, type World } from './world.ts';

/** The first line of the query that this answers. */
export const RESOURCE_CHANGES = '// appgw-triage: changes v1';

/** The service's pages are larger; small ones make a small world turn them. */
const PAGE_SIZE = 8;
/** The record is written when the operation is over. */
const TOOK_MINUTES = 0.4;

type Change = ReturnType<typeof changesIn>[number];

/**
 * `resourcechanges` of the world: what the activity log says was written or deleted, with the properties that are
 * different after it. KQL is not interpreted; the times and the texts between quotes say of what. Actions, such as a
 * machine's deallocation, change no property that Resource Graph knows, and what failed changed nothing.
 */
export function changeRows(now: World, query: string, minute: number): readonly unknown[] {
  const world = unmended(now);
  const [, from = '', until = ''] = /between \(datetime\(([^)]+)\) \.\. datetime\(([^)]+)\)\)/.exec(query) ?? [];
  const [start, end] = [Date.parse(from), Math.min(Date.parse(until), timeOf(world, minute + 1).getTime())];
  const texts = new Set([...query.matchAll(/'([^']*)'/g)].map(([, text = '']) => text));
  const isNamed = (id: string) => texts.has(id.toLowerCase());
  return changesIn(world)
    .filter(({ error }) => error === undefined)
    .flatMap((change) => rowOf(world, change))
    .filter(({ at }) => at >= start && at <= end)
    .filter(({ target }) => isNamed(target) || texts.has(world.resourceGroup.toLowerCase()))
    .toSorted((left, right) => Number(isNamed(right.target)) - Number(isNamed(left.target)) || right.at - left.at)
    .map(({ row }) => row);
}

/** A page of the rows, by the request's own options. */
export function pageOf(data: readonly unknown[], body: unknown): Readonly<Record<string, unknown>> {
  const { options = {} } = body as { readonly options?: { readonly $top?: number; readonly $skipToken?: string } };
  const skip = Number(options.$skipToken ?? 0);
  const page = data.slice(skip, skip + Math.min(options.$top ?? PAGE_SIZE, PAGE_SIZE));
  const next = skip + page.length;
  return {
    totalRecords: data.length,
    count: page.length,
    data: page,
    facets: [],
    resultTruncated: 'false',
    ...(next < data.length ? { $skipToken: String(next) } : {}),
  };
}

interface Row {
  readonly at: number;
  readonly target: string;
  readonly row: unknown;
}

function rowOf(world: World, change: Change): readonly Row[] {
  const { operation, resourceId, atMinute, tookMinutes = TOOK_MINUTES } = change;
  const whole = wholeAt(world, resourceId);
  if (!whole && /\/action$/.test(operation)) return [];
  const changes = whole ? difference(whole.at(atMinute - 1), whole.at(atMinute)) : {};
  if (whole && Object.keys(changes).length === 0) return [];
  const target = whole?.id ?? resourceId;
  const moment = timeOf(world, atMinute + tookMinutes);
  const type = target
    .split('/providers/')
    .at(-1)
    ?.split('/')
    .filter((_, index) => index % 2 === 1 || index === 0);
  const name = scatterGuid(`${target}|${atMinute}|change`);
  const row = {
    id: `${target}/providers/Microsoft.Resources/changes/${name}`,
    resourceGroup: world.resourceGroup.toLowerCase(),
    subscriptionId: world.subscription,
    properties: {
      targetResourceId: target,
      targetResourceType: type?.join('/').toLowerCase(),
      changeType: whole ? 'Update' : kindOf(operation, resourceId),
      changeAttributes: {
        previousResourceSnapshotId: scatterGuid(`${name}|before`),
        newResourceSnapshotId: scatterGuid(`${name}|after`),
        // As in the activity log, so that the two can be joined.
        correlationId: scatterGuid(`${world.startedAt}|${operation}|${resourceId}|${atMinute}`),
        changesCount: Object.keys(changes).length,
        timestamp: moment.toISOString().replace('Z', '+00:00'),
        operation: operation.toLowerCase(),
        ...authorOf(change),
      },
      changes,
    },
  };
  return [{ at: moment.getTime(), target, row }];
}

/** Machines are made and deleted; of everything else that is not modelled only the write itself is known. */
function kindOf(operation: string, resourceId: string): string {
  if (/\/delete$/.test(operation)) return 'Delete';
  return /\/virtualMachine(s|ScaleSets)\/[^/]+$/.test(resourceId) ? 'Create' : 'Update';
}

/** The resource that Resource Graph sees change, for what the world knows in every property. */
function wholeAt(
  world: World,
  id: string,
): { readonly id: string; readonly at: (minute: number) => unknown } | undefined {
  const isIn = (whole: string) => id === whole || id.startsWith(`${whole}/`);
  if (isIn(gatewayId(world))) return { id: gatewayId(world), at: (minute) => armGateway(world, minute) };
  const { securityGroups, routeTables } = networkOf(world);
  const group = securityGroups.find(({ name }) => isIn(securityGroupId(world, name)));
  if (group) return { id: securityGroupId(world, group.name), at: (minute) => armSecurityGroup(world, group, minute) };
  const table = routeTables.find(({ name }) => isIn(routeTableId(world, name)));
  return table && { id: routeTableId(world, table.name), at: (minute) => armRouteTable(world, table, minute) };
}

interface PropertyDifference {
  readonly previousValue: string;
  readonly newValue: string;
}

/** Every value that is not the same, by its path; a value that is not there is the text `null`. */
function difference(before: unknown, after: unknown): Readonly<Record<string, PropertyDifference>> {
  const [was, is] = [leavesOf(before), leavesOf(after)];
  const paths = [...new Set([...was.keys(), ...is.keys()])].filter((path) => was.get(path) !== is.get(path));
  return Object.fromEntries(
    paths.map((path) => [path, { previousValue: was.get(path) ?? 'null', newValue: is.get(path) ?? 'null' }]),
  );
}

function leavesOf(value: unknown, path = '', leaves = new Map<string, string>()): ReadonlyMap<string, string> {
  if (Array.isArray(value)) for (const [index, item] of value.entries()) leavesOf(item, `${path}[${index}]`, leaves);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) leavesOf(item, path === '' ? key : `${path}.${key}`, leaves);
  } else leaves.set(path, String(value));
  return leaves;
}

/** The same people and schedules as in the activity log. */
function authorOf({ by }: Change): Readonly<Record<string, string>> {
  switch (by) {
    case 'person':
      return { changedBy: 'kim.berg@fabrikam.example', changedByType: 'User', clientType: 'Azure Portal' };
    case 'application':
      return { changedBy: scatterGuid('schedule'), changedByType: 'Application', clientType: 'ARM Template' };
    case 'platform':
      return { changedBy: 'System', changedByType: 'System', clientType: 'Unspecified' };
  }
}
