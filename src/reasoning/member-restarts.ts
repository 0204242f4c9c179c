import type { Readings } from '../core/readings.ts';
import { sameName } from '../core/resource-id.ts';
import type { TrafficGroup } from '../core/traffic.ts';
import { endpointsOf, type LogTarget } from './from-access-log.ts';
import { succeeded, type TimedEvent, timedEvents } from './from-activity-log.ts';
import { interfaceWith, isWithin } from './member-interfaces.ts';

/** What was done to the machines and applications behind a target while its requests failed. */

/** Operations that end running processes. */
const RESTART = /\/(restart|redeploy|reimage|reimageall|slotsswap|manualupgrade)(\/action)?$/i;
/** Operations that may put another version in place. */
const DEPLOYMENT =
  /microsoft\.(web\/sites|app\/containerapps|compute\/virtualmachinescalesets|compute\/virtualmachines|web\/sites\/(slots|config|extensions|sourcecontrols)|resources\/deployments)(\/[^/]+)?\/write$/i;

/** A machine needs some minutes until its processes are back. */
const AFTER_MS = 10 * 60_000;
/** Clocks differ, and the log of activity has the time at which an operation was accepted. */
const BEFORE_MS = 60_000;

export interface Restart {
  readonly event: TimedEvent;
  /** The addresses of the members that it is of; empty where the readings do not tell whose it is. */
  readonly addresses: readonly string[];
  readonly isRestart: boolean;
}

/** Restarts and deployments that succeeded, in whose wake lie all of the given times (milliseconds since 1970). */
export function restartsBefore(
  readings: Readings,
  target: LogTarget,
  groups: readonly TrafficGroup[],
  span: { readonly from: number; readonly to: number },
): readonly Restart[] {
  const events = timedEvents(readings);
  return events.filter(succeeded).flatMap((event) => {
    const isRestart = RESTART.test(event.operation);
    if (!isRestart && !DEPLOYMENT.test(event.operation)) return [];
    const began = Math.min(...events.filter((other) => isSameOperation(other, event)).map(({ time }) => time));
    if (span.from < began - BEFORE_MS || span.to > event.time + AFTER_MS) return [];
    const addresses = addressesOf(readings, target, groups, event.resourceId);
    if (addresses.length === 0 && isOfAnother(readings, groups, event.resourceId)) return [];
    return [{ event, addresses, isRestart }];
  });
}

/** An operation is logged when it is accepted and again when it is done. */
function isSameOperation(left: TimedEvent, right: TimedEvent): boolean {
  return (
    sameName(left.operation, right.operation) &&
    sameName(left.resourceId, right.resourceId) &&
    left.correlationId === right.correlationId
  );
}

/** Whether the machines behind all of these requests are known, and this is a machine that is none of them. */
function isOfAnother(readings: Readings, groups: readonly TrafficGroup[], resourceId: string): boolean {
  const endpoints = groups.flatMap(endpointsOf);
  const areKnown = endpoints.every(({ address }) => interfaceWith(readings, address)?.machineId !== undefined);
  return endpoints.length > 0 && areKnown && /\/providers\/microsoft\.compute\//i.test(resourceId);
}

/** The addresses in these requests that belong to a machine, or to an application by its name in the pool. */
function addressesOf(
  readings: Readings,
  { pool = '' }: LogTarget,
  groups: readonly TrafficGroup[],
  resourceId: string,
): readonly string[] {
  const addresses = [...new Set(groups.flatMap(endpointsOf).map(({ address }) => address))];
  const ofMachine = addresses.filter((address) => {
    const machine = interfaceWith(readings, address)?.machineId;
    return machine !== undefined && (isWithin(machine, resourceId) || isWithin(resourceId, machine));
  });
  if (ofMachine.length > 0) return ofMachine;
  // The members of a pool of names are logged by address, so only a pool of one tells which one was meant.
  const config = readings.gateway?.pools.find((item) => sameName(item.name, pool));
  const [name, ...others] = config?.addresses ?? [];
  const site = /\/sites\/([^/]+)/i.exec(resourceId)?.[1];
  const isSite = site !== undefined && name !== undefined && sameName(name, `${site}.azurewebsites.net`);
  return isSite && others.length === 0 ? addresses : [];
}
