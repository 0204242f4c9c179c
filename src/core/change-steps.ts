import type { PropertyChange, ResourceChange } from './changes.ts';
import { instantOf } from './first-failure.ts';
import type { ActivityEvent } from './network.ts';
import type { Readings } from './readings.ts';

/** A record of something that was done to a resource, from whichever list it came. */
export interface Step {
  readonly time: number;
  readonly resourceId: string;
  /** What belongs together; of its own where the record does not tell. */
  readonly correlation: string;
  readonly kind?: ResourceChange['kind'];
  readonly operation?: string;
  readonly by?: string;
  readonly byKind?: ResourceChange['byKind'];
  readonly client?: string;
  /** Without what changes by itself. */
  readonly properties: readonly PropertyChange[];
  /** Nothing but what changes by itself, or what no request notices. */
  readonly isNoise: boolean;
  readonly evidence: 'resource-changes' | 'activity-log';
}

/** Every record that has a time and a resource, and tells of something that was done and came about. */
export function stepsIn({ changes, activity }: Readings): readonly Step[] {
  return [...(changes ?? []).flatMap(stepOfChange), ...stepsOfActivity(activity ?? [])];
}

/** Rights, locks, policies, deployments as such, alerts, diagnostics, costs: no request passes through them. */
const NOT_ON_ANY_PATH =
  /^microsoft\.(authorization|resources|insights|alertsmanagement|policyinsights|security|advisor|operationalinsights|operationsmanagement|portal|costmanagement|consumption|resourcehealth|support|changeanalysis|guestconfiguration|automanage|recoveryservices|maintenance|monitor|managedservices|billing)$/;

/** The provider of the innermost resource: a role assignment on a gateway is no change of the gateway. */
function isBeside(resourceId: string, operation: string | undefined): boolean {
  const providers = [...resourceId.toLowerCase().matchAll(/\/providers\/([^/]+)/g)].map(([, name = '']) => name);
  const own = operation?.toLowerCase().split('/')[0];
  const isWatcher = /\/microsoft\.network\/networkwatchers\//i.test(resourceId);
  return isWatcher || [providers.at(-1), own].some((name) => name !== undefined && NOT_ON_ANY_PATH.test(name));
}

/** Agents in machines renew themselves. What somebody installs there is another matter. */
function isRenewal(resourceId: string, byKind: Step['byKind']): boolean {
  return byKind === 'platform' && /\/extensions\/[^/]+$/i.test(resourceId);
}

/** Actions that change what a resource does; others read, list, check or join. */
const CHANGING_ACTION =
  /\/(start|stop|restart|deallocate|poweroff|redeploy|reimage|reimageall|manualupgrade|slotsswap|applyslotconfig|runcommand|failover|suspend|resume|upgradenodeimageversion)\/action$/i;

function isChanging(operation: string): boolean {
  return /\/(write|delete)$/i.test(operation) || CHANGING_ACTION.test(operation);
}

function stepOfChange(change: ResourceChange, index: number): readonly Step[] {
  const { resourceId, operation, kind, by, byKind, client, correlationId } = change;
  const time = instantOf(change.at);
  if (time === undefined || isBeside(resourceId, undefined) || isRenewal(resourceId, byKind)) return [];
  const properties = change.properties.filter(({ path }) => !changesByItself(path, resourceId));
  const isEmptied = kind === 'update' && change.properties.length > 0 && properties.length === 0;
  return [
    {
      ...{ time, resourceId, kind, operation, by, byKind, client, properties },
      correlation: correlationOf(correlationId) ?? `change ${index}`,
      isNoise: isEmptied || (kind === 'update' && isAutoscale(properties, byKind)),
      evidence: 'resource-changes',
    },
  ];
}

/** Tags say something to people only; states, versions and back references follow from something else. */
function changesByItself(path: string, resourceId: string): boolean {
  const [last = ''] = /[\w-]+(?=\W*$)/.exec(path) ?? [];
  if (/^tags\b/i.test(path) || /^systemdata\b/i.test(path)) return true;
  if (/^(etag|provisioningstate|provisioningtime|resourceguid|timecreated|lastmodified\w*|changedtime)$/i.test(last))
    return true;
  if (/\b(instanceview|extended)\b/i.test(path)) return true;
  // A subnet lists every interface in it, so a network changes whenever a machine comes or goes.
  return /\/virtualnetworks\//i.test(resourceId) && /\b(ipconfigurations|ipconfigurationprofiles)\b/i.test(path);
}

/** A number of instances that a machine adjusted to the load. A person, or none at all, is another matter. */
function isAutoscale(properties: readonly PropertyChange[], byKind: ResourceChange['byKind']): boolean {
  if (properties.length === 0 || byKind === 'person') return false;
  return properties.every(
    ({ path, after }) =>
      /(^|\.)(capacity|instancecount|numberofworkers|currentnumberofworkers|count)$/i.test(path) && after !== '0',
  );
}

function correlationOf(id: string | undefined): string | undefined {
  return id === undefined || /^[0-]*$/.test(id) ? undefined : id.toLowerCase();
}

/** The category of what somebody did; the older export to event hubs names the kind of operation instead. */
const DONE = /^(administrative|write|delete|action)$/i;

function stepsOfActivity(activity: readonly ActivityEvent[]): readonly Step[] {
  const failed = new Set<string>();
  const succeeded = new Set<string>();
  const keyOf = ({ correlationId, operation, resourceId = '' }: ActivityEvent) =>
    [correlationId, operation, resourceId].join('|').toLowerCase();
  for (const event of activity) {
    if (/^failed$/i.test(event.status ?? '')) failed.add(keyOf(event));
    if (/^succeeded$/i.test(event.status ?? '')) succeeded.add(keyOf(event));
  }
  return activity.flatMap((event, index): readonly Step[] => {
    const { operation, resourceId, category, caller, actor } = event;
    const time = instantOf(event.at);
    if (time === undefined || resourceId === undefined || !isChanging(operation)) return [];
    if (category !== undefined && !DONE.test(category)) return [];
    if (isBeside(resourceId, operation) || isRenewal(resourceId, actor)) return [];
    if (/autoscale/i.test(caller ?? '')) return [];
    if (/^failed$/i.test(event.status ?? '') || (failed.has(keyOf(event)) && !succeeded.has(keyOf(event)))) return [];
    return [
      {
        ...{ time, resourceId, operation, by: caller, byKind: actor, properties: [], isNoise: false },
        correlation: correlationOf(event.correlationId) ?? `event ${index}`,
        evidence: 'activity-log',
      },
    ];
  });
}

/**
 * Whether all of this is noise. Where the record of changed properties holds only noise, the write that belongs to it was
 * about nothing else; an action or a deletion leaves no such record.
 */
export function noiseIn(steps: readonly Step[]): boolean {
  const recorded = steps.filter(({ evidence }) => evidence === 'resource-changes');
  if (recorded.length === 0 || !recorded.every(({ isNoise }) => isNoise)) return false;
  return !steps.some(({ operation, evidence }) => evidence === 'activity-log' && !/\/write$/i.test(operation ?? ''));
}
