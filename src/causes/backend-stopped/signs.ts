import type { Member } from '../../core/backend-health.ts';
import type { Readings } from '../../core/readings.ts';
import { sameName } from '../../core/resource-id.ts';
import type { Citation } from '../../core/verdict.ts';
import { citeOwner, ownersOf } from '../../reasoning/address-owners.ts';
import {
  byWhom,
  citeEvent,
  failed,
  succeeded,
  type TimedEvent,
  timedEvents,
} from '../../reasoning/from-activity-log.ts';
import {
  citeInterface,
  interfacesWith,
  interfaceWith,
  isWithin,
  resourceName,
} from '../../reasoning/member-interfaces.ts';
import { observationsOfMember } from '../../reasoning/probed-ports.ts';

/** What shows that the machine or the app behind a member does not run, or that it does. */
export interface PowerSign {
  readonly says: 'stopped' | 'probably-stopped' | 'running';
  readonly citations: readonly Citation[];
  /** What has to be started again, where that is known. */
  readonly resourceId?: string;
}

export function powerSign(readings: Readings, member: Member): PowerSign | undefined {
  return (
    stateOfSite(readings, member) ??
    stopOfSite(readings, member) ??
    stateOfMachine(readings, member) ??
    refusedForStopped(readings, member) ??
    stopOfMachine(readings, member)
  );
}

/** A name stands for its addresses where the prober resolved it. */
function addressesOf(readings: Readings, member: Member): readonly string[] {
  return [
    member.address,
    ...observationsOfMember(readings, member).flatMap(({ resolution }) => resolution?.addresses ?? []),
  ];
}

/** The machine's power state, as it was read with its interface. */
function stateOfMachine(readings: Readings, member: Member): PowerSign | undefined {
  for (const address of addressesOf(readings, member)) {
    const nics = interfacesWith(readings, address);
    const [nic] = nics;
    if (!nic || nics.some((other) => other.powerState === undefined)) continue;
    const stopped = nics.filter(({ powerState = '' }) => /^(deallocat|stopp)/.test(powerState));
    const who = nic.machineId === undefined ? 'The machine' : `Machine ${resourceName(nic.machineId)}`;
    if (stopped.length === nics.length) {
      const citation = citeInterface(nic, `${who} behind ${member.address} is ${nic.powerState}.`);
      const says = nics.length === 1 ? 'stopped' : 'probably-stopped';
      return { says, citations: [citation], resourceId: nic.machineId };
    }
    // Networks can overlap: with two machines of one address, the running one proves nothing of the other.
    if (nics.length === 1 && nic.powerState === 'running')
      return { says: 'running', citations: [citeInterface(nic, `${who} behind ${member.address} is running.`)] };
  }
  return undefined;
}

/** The reads that Azure refuses for an interface whose machine does not run, with the words that name the interface. */
const REFUSED = /NicMustBeAttachedToRunningVm\w*: the network interface ([\w.-]+) is not attached/gi;

/**
 * Azure refuses effective rules and routes for an interface that is not attached to a running machine. Where the
 * interface is this member's, and is attached to a machine, that machine does not run.
 */
function refusedForStopped(readings: Readings, member: Member): PowerSign | undefined {
  for (const { name, reason = '' } of readings.evidence) {
    if (name !== 'effective-nsg' && name !== 'effective-routes') continue;
    for (const [words, refused = ''] of reason.matchAll(REFUSED)) {
      const nic = addressesOf(readings, member).flatMap((address) => interfaceWith(readings, address) ?? [])[0];
      const named = (readings.interfaces ?? []).filter((other) => sameName(other.name ?? '', refused));
      if (!nic || named.length !== 1 || named[0] !== nic || nic.machineId === undefined) continue;
      const says = `Azure shows no effective rules for ${refused}, because its machine does not run.`;
      const owner = citeInterface(nic, `${member.address} belongs to machine ${resourceName(nic.machineId)}.`);
      const citations = [{ evidence: name, quote: words.slice(0, 200), says }, owner];
      return { says: 'stopped', citations, resourceId: nic.machineId };
    }
  }
  return undefined;
}

const STOP =
  /^microsoft\.(compute\/virtualmachines|compute\/virtualmachinescalesets(\/virtualmachines)?|classiccompute\/virtualmachines|web\/sites(\/slots)?|containerservice\/managedclusters|containerinstance\/containergroups|app\/containerapps)\/(deallocate|poweroff|stop|shutdown|hibernate)\/action$/i;
const START = /\/(start|restart|redeploy|reapply|resume)\/action$|\/(write|delete)$/i;

/**
 * What was stopped and, by this log, not started again since. A write counts as a start: creating a machine anew is one.
 * A stop of one instance of a scale set and one of the set are different resources, and a start of the set starts both.
 */
export function standingStops(readings: Readings): readonly TimedEvent[] {
  const events = timedEvents(readings).filter((event) => !failed(event));
  const stops = events.filter((event) => STOP.test(event.operation));
  const standing = stops.filter(
    (stop) =>
      !events.some(
        (later) =>
          later.time > stop.time &&
          START.test(later.operation) &&
          (isWithin(stop.resourceId, later.resourceId) || isWithin(later.resourceId, stop.resourceId)),
      ),
  );
  // The last word on each resource: a stop that was logged twice, when it began and when it was done, is one stop.
  return [...new Map(standing.map((stop) => [stop.resourceId.toLowerCase(), stop])).values()];
}

/** A time in which something was switched off; `to` is absent where no start was logged. */
export interface Pause {
  readonly stop: TimedEvent;
  readonly to?: number;
}

export function pausesOf(readings: Readings): readonly Pause[] {
  const events = timedEvents(readings).filter(succeeded);
  return events
    .filter((event) => STOP.test(event.operation))
    .map((stop) => {
      const next = events.find(
        (later) =>
          later.time > stop.time &&
          START.test(later.operation) &&
          (isWithin(stop.resourceId, later.resourceId) || isWithin(later.resourceId, stop.resourceId)),
      );
      return { stop, ...(next ? { to: next.time } : {}) };
    });
}

/** A stop of the very machine that the member's address belongs to. */
function stopOfMachine(readings: Readings, member: Member): PowerSign | undefined {
  const stops = standingStops(readings);
  for (const address of addressesOf(readings, member)) {
    const nic = interfaceWith(readings, address);
    const { machineId } = nic ?? {};
    if (!nic || machineId === undefined) continue;
    const stop = stops.find((event) => isWithin(machineId, event.resourceId));
    if (!stop) continue;
    const name = resourceName(machineId);
    // A stop of a whole scale set can have been meant for some of its instances only.
    const isOwn = sameName(stop.resourceId, machineId) && succeeded(stop);
    return {
      says: isOwn ? 'stopped' : 'probably-stopped',
      citations: [
        citeEvent(stop, `${resourceName(stop.resourceId)} was stopped${byWhom(stop)} and not started since.`),
        citeInterface(nic, `${member.address} belongs to ${name}.`),
      ],
      resourceId: stop.resourceId,
    };
  }
  return undefined;
}

/**
 * The app behind an App Service name. Its first label is the app's own name, or name and slot, and no two apps share it;
 * newer names carry a random part and the region.
 */
export function appOf(address: string): string | undefined {
  const match = /^([a-z0-9-]+)\.(?:[a-z0-9-]+\.)?(?:azurewebsites\.(?:net|us)|chinacloudsites\.cn)$/i.exec(address);
  return match?.[1]?.toLowerCase();
}

/** The state of the app that answers to a member's name, as it was read with it. */
function stateOfSite(readings: Readings, member: Member): PowerSign | undefined {
  const [app, ...others] = ownersOf(readings, member.address).filter(({ kind }) => kind === 'app');
  if (!app || others.length > 0 || app.state === undefined) return undefined;
  const name = app.name ?? resourceName(app.id);
  if (/^stopped$/i.test(app.state)) {
    const citations = [citeOwner(app, `App ${name} behind ${member.address} is stopped.`)];
    return { says: 'stopped', citations, resourceId: app.id };
  }
  // An app that runs can have been stopped a moment ago, and the log of what was done knows that sooner.
  if (!/^running$/i.test(app.state) || stopOfSite(readings, member)) return undefined;
  return { says: 'running', citations: [citeOwner(app, `App ${name} behind ${member.address} is running.`)] };
}

function stopOfSite(readings: Readings, member: Member): PowerSign | undefined {
  const app = appOf(member.address);
  if (app === undefined) return undefined;
  const isRegional = member.address.split('.').length > 3;
  const stop = standingStops(readings).find(({ resourceId }) => {
    const [, site, slot] = /\/sites\/([^/]+)(?:\/slots\/([^/]+))?$/i.exec(resourceId) ?? [];
    if (site === undefined) return false;
    const label = (slot === undefined ? site : `${site}-${slot}`).toLowerCase();
    return (
      app === label || (isRegional && app.startsWith(`${label}-`) && RANDOM_PART.test(app.slice(label.length + 1)))
    );
  });
  if (!stop) return undefined;
  const says = `App ${app} was stopped${byWhom(stop)} and not started since.`;
  const isDone = succeeded(stop);
  return {
    says: isDone ? 'stopped' : 'probably-stopped',
    citations: [citeEvent(stop, says)],
    resourceId: stop.resourceId,
  };
}

/** What newer names of apps carry behind the app's own name. */
const RANDOM_PART = /^[a-z0-9]{16}$/;

/** Stops of something that no interface ties to a member, nor to anything else that was read. */
export function unplacedStops(readings: Readings): readonly TimedEvent[] {
  const owned = (event: TimedEvent) =>
    (readings.interfaces ?? []).some(
      ({ machineId }) => machineId !== undefined && isWithin(machineId, event.resourceId),
    );
  return standingStops(readings).filter((event) => !/\/sites\//i.test(event.resourceId) && !owned(event));
}
